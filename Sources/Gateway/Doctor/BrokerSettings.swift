import Foundation

/// The settings of a mosquitto on this machine, as its files say; the broker itself does not tell.
///
/// - Source: mosquitto.conf(5), version 2.0.
enum BrokerSettings {
    /// More than any broker's settings, and little enough to read whole.
    private static let greatestByteCount = 1 << 20

    /// Reads a configuration and the files of its `include_dir`; of a name the last line counts.
    ///
    /// - Parameter path: the broker's own file.
    /// - Returns: values by name; nil where the file cannot be read.
    static func read(_ path: String) -> [String: String]? {
        guard let lines = lines(of: path) else { return nil }
        var settings: [String: String] = [:]
        for (name, value) in lines {
            settings[name] = value
            guard name == "include_dir" else { continue }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: value)) ?? []
            for file in names.filter({ $0.hasSuffix(".conf") }).sorted() {
                for (name, value) in Self.lines(of: "\(value)/\(file)") ?? [] {
                    settings[name] = value
                }
            }
        }
        return settings
    }

    private static func lines(of path: String) -> [(name: String, value: String)]? {
        guard let data = FileManager.default.contents(atPath: path),
            data.count <= greatestByteCount
        else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            let text = line.trimmingCharacters(in: .whitespaces)
            guard !text.hasPrefix("#"), let space = text.firstIndex(of: " ") else { return nil }
            let value = text[space...].trimmingCharacters(in: .whitespaces)
            return (String(text[..<space]), value)
        }
    }
}
