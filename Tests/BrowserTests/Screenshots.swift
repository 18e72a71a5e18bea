import Foundation
import Testing

/// Where the pictures go that people look at.
enum Screenshots {
    /// `.build/screenshots` of this package.
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/screenshots")

    /// Writes a picture (PNG), and attaches it to the running test.
    static func keep(_ picture: Data, named name: String) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try picture.write(to: directory.appending(path: name + ".png"))
        Attachment.record(Array(picture), named: name + ".png")
    }
}
