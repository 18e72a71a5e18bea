import Foundation
import Synchronization

/// `.build/vm-figures.txt`: what the programs in the machines have measured in this run of the
/// tests, one figure a line.
enum FigureFile {
    private static let lines = Mutex<[String]>([])

    /// Prints figures and adds them to the file, which this run's first figure begins anew.
    ///
    /// - Throws: the file system's error.
    static func add(_ figures: [String]) throws {
        let folder = VirtualMachineKit.repository.appending(path: ".build")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try lines.withLock { lines in
            lines += figures
            let text = lines.map { $0 + "\n" }.joined()
            try Data(text.utf8).write(to: folder.appending(path: "vm-figures.txt"))
        }
        for figure in figures { print("figure \(figure)") }
    }
}
