import Foundation

/// The frames of a write-ahead log, read without SQLite, so that a damaged one still tells what it
/// can.
///
/// - Source: https://www.sqlite.org/fileformat2.html#walformat, §4.1 to §4.3.
struct WriteAheadLog {
    /// One page as a frame holds it.
    struct Frame: Equatable {
        var page: UInt32
        /// The pages of the database after the commit that this frame ends; 0 inside of one.
        var committedPages: UInt32
        /// Where the page's bytes begin in the file.
        var offset: UInt64
    }

    /// The frames that SQLite will use: from the first to the last commit before any damage.
    private(set) var committed: [Frame] = []
    /// Whole frames behind the first damaged one, up to the last commit among them.
    private(set) var stranded: [Frame] = []
    /// The commits that lie behind the damage.
    private(set) var strandedCommits = 0

    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    /// Whether commits that were acknowledged lie behind damage, where SQLite passes them over.
    ///
    /// The newest commit may be torn by a power cut before anybody was told of it. Every commit
    /// before it was on disk when it began.
    var hasLostCommits: Bool { strandedCommits > 1 }

    /// Reads a log; nil where it cannot be opened or holds no frame.
    ///
    /// A log whose own header is damaged has no committed frames; all whole ones are stranded.
    init?(path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let header = Self.bytes(Self.headerBytes, of: file)
        guard header.count == Self.headerBytes else { return nil }
        let isWhole = StoreFiles.isLogHeader(header)
        let first = Self.bytes(Self.frameHeaderBytes, of: file)
        guard first.count == Self.frameHeaderBytes else { return nil }
        try? file.seek(toOffset: UInt64(Self.headerBytes))
        let salts = isWhole ? header[16..<24] : first[8..<16]
        // The lowest bit of the magic number tells the byte order of the checksums.
        let isBigEndian = isWhole && header[3] & 1 == 1
        read(
            file, salts: salts, sum: isWhole ? Checksum(stored: header[24..<32]) : nil,
            isBigEndian: isBigEndian)
    }

    private mutating func read(
        _ file: FileHandle, salts: ArraySlice<UInt8>, sum start: Checksum?, isBigEndian: Bool
    ) {
        var sum = start
        var isIntact = start != nil
        var open: [Frame] = []
        var offset = UInt64(Self.headerBytes)
        let frameBytes = Self.frameHeaderBytes + DatabasePages.pageBytes
        while true {
            let bytes = Self.bytes(frameBytes, of: file)
            // Frames of an older round of the log follow the newest ones, with other salts.
            guard bytes.count == frameBytes else { break }
            defer { offset += UInt64(frameBytes) }
            let stored = Checksum(stored: bytes[16..<24])
            var expected = sum
            expected?.add(bytes[0..<8], isBigEndian: isBigEndian)
            expected?.add(bytes[24...], isBigEndian: isBigEndian)
            guard bytes[8..<16] == salts else {
                if !isIntact || sum == nil { break }
                isIntact = false
                sum = nil
                open = []
                continue
            }
            let isWhole = expected == stored
            // Whatever this frame is worth, the next one's checksum goes on from the stored one.
            sum = stored
            guard isWhole else {
                isIntact = false
                open = []
                continue
            }
            let frame = Frame(
                page: Self.word(bytes[0..<4]), committedPages: Self.word(bytes[4..<8]),
                offset: offset + UInt64(Self.frameHeaderBytes))
            open.append(frame)
            guard frame.committedPages > 0 else { continue }
            if isIntact {
                committed += open
            } else {
                stranded += open
                strandedCommits += 1
            }
            open = []
        }
    }

    private static func bytes(_ count: Int, of file: FileHandle) -> [UInt8] {
        [UInt8]((try? file.read(upToCount: count)) ?? Data())
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The running sums of §4.2.
    private struct Checksum: Equatable {
        var first: UInt32
        var second: UInt32

        init(stored: ArraySlice<UInt8>) {
            first = word(stored.prefix(4))
            second = word(stored.suffix(4))
        }

        mutating func add(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) {
            unsafe bytes.withUnsafeBytes { buffer in
                // The offsets stay below the buffer's length, a multiple of eight.
                var offset = 0
                while offset + 8 <= buffer.count {
                    let pair = unsafe (
                        buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self),
                        buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                    )
                    let (left, right) =
                        isBigEndian
                        ? (UInt32(bigEndian: pair.0), UInt32(bigEndian: pair.1))
                        : (UInt32(littleEndian: pair.0), UInt32(littleEndian: pair.1))
                    first = first &+ left &+ second
                    second = second &+ right &+ first
                    offset += 8
                }
            }
        }
    }
}
