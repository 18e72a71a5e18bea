import CIngestPeer
import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport

/// What a measurement leaves on the machine while it runs, and what takes it away when it is
/// interrupted.
enum Workplace {
    private struct State {
        var children: Set<Int32> = []
        var folders: Set<String> = []
    }

    private static let state = Mutex(State())

    /// Ends children and removes folders when a person interrupts, for as long as what is returned lives.
    static func cleaningUpOnSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { cleanUp(afterSignal: number) }
            source.resume()
            return source
        }
    }

    /// Ends the program with everything that it has begun. It keeps the lock, so that nobody begins or
    /// ends anything beside it.
    private static func cleanUp(afterSignal number: Int32) {
        state.withLock { left in
            for child in left.children { kill(child, SIGKILL) }
            // Who was killed may write for another moment.
            for _ in 0..<100 where !left.folders.isEmpty {
                for folder in left.folders {
                    try? FileManager.default.removeItem(atPath: folder)
                }
                left.folders = left.folders.filter(FileManager.default.fileExists)
                usleep(10_000)
            }
            exit(128 + number)
        }
    }

    /// A new folder on a disk, which goes with the object.
    static func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        state.withLock { _ = $0.folders.insert(folder.path) }
        // The text is lent for the call.
        guard unsafe !peer_is_in_memory(folder.path) else {
            throw BenchError("\(folder.path) lies in memory; set TMPDIR to a folder on a disk")
        }
        return folder
    }

    /// Runs `body` with a folder in memory, which goes afterwards.
    static func withFolderInMemory<Value>(_ body: (String) throws -> Value) throws -> Value {
        let path = "/dev/shm/kawamori-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        state.withLock { _ = $0.folders.insert(path) }
        defer {
            try? FileManager.default.removeItem(atPath: path)
            state.withLock { _ = $0.folders.remove(path) }
        }
        return try body(path)
    }

    static func add(child: Int32) { state.withLock { _ = $0.children.insert(child) } }
    static func remove(child: Int32) { state.withLock { _ = $0.children.remove(child) } }
}

/// Waits until something is so, and looks every 10 ms.
///
/// - Throws: `BenchError` naming `what` where it is not so in time.
func wait(
    for what: @autoclosure () -> String, within seconds: Double = 30,
    until isSo: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isSo() {
        guard ContinuousClock.now < deadline else {
            throw BenchError("\(what()): not within \(seconds) s")
        }
        usleep(10_000)
    }
}
