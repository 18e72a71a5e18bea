import Foundation

/// The pages of a database file that SQLite cannot use, read one by one.
///
/// The newest version of a page counts: from the log where a commit put it there, else from the file.
/// Nothing is written, and no page needs any other to be whole.
final class DatabasePages {
    /// Every database of ours has pages of this size.
    static let pageBytes = 4096
    /// SQLite keeps its locks in this page and never puts anything else there.
    private static let lockPage: UInt32 = 1_073_741_824 / 4096 + 1
    /// One page says of this many pages behind it what they are, and stands before them.
    private static let pagesPerMap: UInt32 = 4096 / 5 + 1

    /// What the file says a page is used for.
    enum Use: UInt8 {
        case root = 1
        case free = 2
        case firstOverflow = 3
        case overflow = 4
        case tree = 5
    }

    /// How many pages there are, from 1.
    let count: UInt32
    private let file: FileHandle?
    private let log: FileHandle?
    private var logged: [UInt32: UInt64] = [:]
    /// The page of uses that was read last.
    private var map: (page: UInt32, bytes: [UInt8]?) = (0, nil)

    /// Opens a database that was set aside, with the log beside it.
    ///
    /// - Parameter path: the database; its log has `-wal` behind the name. A path that ends in `-wal`
    ///   is a log alone, of which the commits behind its damage are read.
    init(path: String) {
        let isLogAlone = path.hasSuffix("-wal")
        let logPath = isLogAlone ? path : path + "-wal"
        let frames = WriteAheadLog(path: logPath)
        file = isLogAlone ? nil : FileHandle(forReadingAtPath: path)
        log = frames == nil ? nil : FileHandle(forReadingAtPath: logPath)
        let bytes = isLogAlone ? 0 : StoreFiles.byteCount(of: path) ?? 0
        var last = UInt32(clamping: (bytes + Int64(Self.pageBytes) - 1) / Int64(Self.pageBytes))
        // Commits behind damage are newer than those before it.
        let committed = isLogAlone ? [] : frames?.committed ?? []
        for frame in committed + (frames?.stranded ?? []) {
            logged[frame.page] = frame.offset
            last = max(last, frame.page)
        }
        count = last
    }

    deinit {
        try? file?.close()
        try? log?.close()
    }

    /// How many pages the file's header counts and the file does not have; 0 where it cannot be read.
    var cutOffCount: UInt32 {
        // The count stands at byte 28, behind the 16 bytes that every database begins with.
        guard file != nil, let first = read(1), first.starts(with: Array("SQLite format 3\0".utf8))
        else { return 0 }
        let counted = first[28..<32].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return counted > count ? counted - count : 0
    }

    /// Whether anything can be read at all.
    var isEmpty: Bool { count == 0 || (file == nil && log == nil) }

    /// A page's bytes; nil where the disk does not give them or the file ends before.
    func read(_ page: UInt32) -> [UInt8]? {
        guard page > 0, page <= count, page != Self.lockPage else { return nil }
        let bytes: [UInt8]?
        if let offset = logged[page] {
            bytes = read(log, at: offset)
        } else {
            bytes = read(file, at: UInt64(page - 1) * UInt64(Self.pageBytes))
        }
        guard let bytes, bytes.count == Self.pageBytes else { return nil }
        return bytes
    }

    private func read(_ file: FileHandle?, at offset: UInt64) -> [UInt8]? {
        guard let file, (try? file.seek(toOffset: offset)) != nil else { return nil }
        return (try? file.read(upToCount: Self.pageBytes)).map { [UInt8]($0) }
    }

    /// What a page is used for; nil where the page that would say so is damaged.
    ///
    /// - Source: https://www.sqlite.org/fileformat2.html#pointer_map_or_ptrmap_pages, §1.8.
    func use(of page: UInt32) -> Use? {
        guard page > 2 else { return page == 1 ? .root : nil }
        let mapPage = (page - 2) / Self.pagesPerMap * Self.pagesPerMap + 2
        guard page != mapPage else { return nil }
        if map.page != mapPage { map = (mapPage, read(mapPage)) }
        guard let bytes = map.bytes else { return nil }
        return Use(rawValue: bytes[Int(page - mapPage - 1) * 5])
    }

    /// Whether the page holds the uses of others.
    func isMap(_ page: UInt32) -> Bool { page >= 2 && (page - 2) % Self.pagesPerMap == 0 }
}
