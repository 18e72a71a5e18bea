import Foundation
import Yams

/// Reads one YAML file and collects what is wrong with it, instead of stopping at the first fault.
///
/// A person who repairs a file on a pole wants one list, not a dozen runs. Only a fault in YAML's
/// own syntax ends the reading, since nothing behind it can be trusted.
final class YAMLReader {
    /// More than any station needs, and little enough to read whole.
    static let greatestFileByteCount = 1 << 20
    /// How many repeated keys are looked for before the file is given up.
    private static let greatestDuplicateCount = 100

    /// The file's name as messages print it.
    let file: String
    private(set) var problems: [ConfigurationProblem] = []
    /// The true names of repeated keys, which were masked so that Yams reads past them.
    private var maskedKeys: [Place: String] = [:]

    /// A position in the file, both counts from 1.
    struct Place: Hashable {
        var line: Int
        var column: Int
    }

    private let files: ConfigurationFiles

    init(file: String, files: ConfigurationFiles = ConfigurationFiles()) {
        self.file = file
        self.files = files
    }

    /// Adds a problem at a place.
    func report(
        _ message: String, at place: Place, severity: ConfigurationProblem.Severity = .error
    ) {
        problems.append(
            ConfigurationProblem(
                file: file, line: place.line, column: place.column, message: message,
                severity: severity))
    }

    /// The true name of a key that may have been masked.
    func keyName(_ text: String, at place: Place) -> String { maskedKeys[place] ?? text }

    /// Reads the file from disk; nil after the problem has been reported.
    func contents() -> String? {
        let start = Place(line: 1, column: 1)
        guard let data = files.read(file) else {
            report("cannot read this file; check its name and that we may read it", at: start)
            return nil
        }
        guard data.count <= Self.greatestFileByteCount else {
            report(
                "the file has \(data.count) bytes; at most \(Self.greatestFileByteCount) are read",
                at: start)
            return nil
        }
        guard let text = String(data: data, encoding: .utf8) else {
            report("the text is not UTF-8; save the file as UTF-8", at: placeOfBadUTF8(data))
            return nil
        }
        return text
    }

    private func placeOfBadUTF8(_ data: Data) -> Place {
        for (index, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false)
            .enumerated() where String(data: line, encoding: .utf8) == nil
        {
            let scalars = String(decoding: line, as: UTF8.self).unicodeScalars
            return Place(line: index + 1, column: scalars.prefix { $0 != "\u{FFFD}" }.count + 1)
        }
        return Place(line: 1, column: 1)
    }

    /// Parses YAML; nil after the problem has been reported.
    ///
    /// Yams gives up at the first repeated key. We overwrite that key with a mask of the same
    /// length, so that every position stays true, parse again, and report it with the others.
    func compose(_ text: String) -> YAMLValue? {
        var text = text
        for number in 0...Self.greatestDuplicateCount {
            do {
                guard let node = try Yams.compose(yaml: text) else {
                    report(
                        "the file is empty; see the sample configuration",
                        at: Place(line: 1, column: 1))
                    return nil
                }
                return YAMLValue(reader: self, node: node, name: "the file")
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let place = Place(line: context.mark.line, column: context.mark.column)
                guard number < Self.greatestDuplicateCount, let key = keys.first,
                    let masked = mask(key, at: place, in: text, number: number)
                else {
                    report(
                        "`\(keys.first ?? "?")` is given more than once; keep one of them",
                        at: place)
                    return nil
                }
                text = masked
            } catch {
                reportSyntax(error)
                return nil
            }
        }
        return nil
    }

    /// The text with the key at `place` replaced by as many private-use scalars.
    private func mask(_ key: String, at place: Place, in text: String, number: Int) -> String? {
        guard let mask = Unicode.Scalar(0xE000 + UInt32(number)) else { return nil }
        var scalars = Array(text.unicodeScalars)
        guard var start = offset(of: place, in: scalars) else { return nil }
        if start < scalars.count, scalars[start] == "\"" || scalars[start] == "'" { start += 1 }
        let length = key.unicodeScalars.count
        guard length > 0, start + length <= scalars.count,
            scalars[start..<start + length].elementsEqual(key.unicodeScalars)
        else { return nil }
        for index in start..<start + length { scalars[index] = mask }
        maskedKeys[place] = key
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private func offset(of place: Place, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var start = 0
        while line < place.line {
            guard let end = scalars[start...].firstIndex(where: { $0 == "\n" }) else { return nil }
            start = end + 1
            line += 1
        }
        return start + place.column - 1
    }

    private func reportSyntax(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let detail = context.map { " \($0.text)" } ?? ""
            report(
                "this is not YAML: \(problem)\(detail); look at indentation, colons, quotes and"
                    + " brackets here and just above",
                at: Place(line: mark.line, column: mark.column))
        case YamlError.reader(let problem, _, _, _):
            report("this is not YAML: \(problem)", at: Place(line: 1, column: 1))
        default:
            report("this is not YAML: \(error)", at: Place(line: 1, column: 1))
        }
    }
}
