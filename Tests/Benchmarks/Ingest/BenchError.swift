import CIngestPeer

/// What went wrong with a measurement, for the person who made it.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The place into which the C functions write why they failed.
struct Reason {
    var text = [CChar](repeating: 0, count: Int(PEER_WHY_SIZE))

    var error: BenchError {
        BenchError(
            String(
                decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}
