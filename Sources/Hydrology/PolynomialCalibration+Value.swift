package import GatewayModel

extension PolynomialCalibration {
    /// The value of a raw value, by Horner's scheme; estimated outside the range it was fitted in.
    package func convert(raw: Double) -> ConvertedReading {
        ConvertedReading(value: value(raw: raw), isEstimated: !rawRange.contains(raw))
    }

    /// The raw value of a value, within the range; nil where the range's ends do not enclose it, and
    /// where the polynomial turns between them, so that a value may have several.
    package func raw(value: Double) -> Double? {
        guard isOneToOne else { return nil }
        var low = rawRange.low
        var high = rawRange.high
        let isRising = self.value(raw: low) <= self.value(raw: high)
        let ends = [self.value(raw: low), self.value(raw: high)].sorted()
        guard ends[0] <= value, value <= ends[1] else { return nil }
        // Each step halves the span; after 200 nothing of binary64 is left to halve.
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { break }
            if (self.value(raw: middle) < value) == isRising { low = middle } else { high = middle }
        }
        let isLowNearer =
            (self.value(raw: low) - value).magnitude < (self.value(raw: high) - value).magnitude
        return isLowNearer ? low : high
    }

    /// Whether every raw value of the range has a value of its own: the polynomial never turns.
    ///
    /// Looked at in a thousand steps; what turns and turns back between two of them is not seen.
    package var isOneToOne: Bool {
        let values = (0...1000).map { step in
            value(raw: rawRange.low + (rawRange.high - rawRange.low) * Double(step) / 1000)
        }
        let pairs = zip(values, values.dropFirst())
        return pairs.allSatisfy { $0 < $1 } || pairs.allSatisfy { $0 > $1 }
    }

    private func value(raw: Double) -> Double {
        var sum = 0.0
        for index in stride(from: coefficients.count - 1, through: 0, by: -1) {
            sum = sum * raw + coefficients[index]
        }
        return sum
    }
}
