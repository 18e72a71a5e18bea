import Foundation

/// The lines of a new version in a file: as a person wrote them, or as `kawamori calibration fit`
/// printed them.
enum CalibrationLines {
    /// The lines, with the `calibration` key.
    static func extract(_ text: String) -> String {
        struct Fit: Decodable { let calibration: String }
        if let fit = try? JSONDecoder().decode(Fit.self, from: Data(text.utf8)) {
            return fit.calibration
        }
        // The table ends with the line for the station file; what stands above it is for people.
        let lines = text.split(separator: "\n")
        if let head = lines.firstIndex(of: "for the station file:"), head + 1 < lines.count {
            return String(lines[head + 1].drop { $0 == " " })
        }
        return text
    }
}
