import Foundation

/// Standard output in pieces of 64 KiB: a year of readings is a million lines.
final class BufferedOutput {
    private var bytes: [UInt8] = []

    /// Takes text as it is.
    func write(_ text: String) {
        bytes += text.utf8
        if bytes.count >= 65_536 { flush() }
    }

    /// Writes what is left.
    func flush() {
        FileHandle.standardOutput.write(Data(bytes))
        bytes.removeAll(keepingCapacity: true)
    }
}
