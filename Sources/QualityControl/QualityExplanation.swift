package import GatewayModel

/// Why a reading has its flags, in sentences that can be read out, in Japanese and in English.
package struct QualityExplanation: Sendable, Equatable {
    /// One sentence in both languages.
    package struct Sentence: Sendable, Equatable {
        package let japanese: String
        package let english: String
    }

    /// A reading before or after the explained one.
    package struct Neighbour: Sendable, Equatable {
        /// In the channel's unit; nil where it is missing.
        package let value: Double?
        /// How far it is away in time, in seconds; not negative.
        package let seconds: Double

        package init(value: Double?, seconds: Double) {
            self.value = value
            self.seconds = seconds
        }
    }

    /// The whole reading first, then each check that was asked for, in the manual's order.
    package let sentences: [Sentence]

    /// Explains one reading.
    ///
    /// - Parameters:
    ///   - observation: the reading with its flags.
    ///   - limits: what it was held against.
    ///   - unit: the unit of its value.
    ///   - before: the reading before it that was not late; nil where it is the first.
    ///   - after: the reading after it that was not late; nil where it is the last.
    ///   - likeness: what its leap looks like, from `LeapEvidence`; nil where nobody has looked.
    package init(
        of observation: Observation, limits: QualityLimits, unit: String, before: Neighbour?,
        after: Neighbour?, likeness: LeapLikeness? = nil
    ) {
        let writer = Writer(
            observation: observation, limits: limits, unit: unit, before: before, after: after,
            likeness: likeness)
        sentences = [writer.whole] + writer.checks
    }
}

extension QualityFlag {
    fileprivate var words: (japanese: String, english: String) {
        switch self {
        case .good: ("正常", "good")
        case .notEvaluated: ("品質判定なし", "not evaluated")
        case .suspect: ("要確認", "suspect")
        case .fail: ("異常値", "failed")
        case .missing: ("欠測", "missing")
        }
    }
}

/// What is said of one reading.
private struct Writer {
    typealias Sentence = QualityExplanation.Sentence

    let observation: Observation
    let limits: QualityLimits
    let unit: String
    let before: QualityExplanation.Neighbour?
    let after: QualityExplanation.Neighbour?
    let likeness: LeapLikeness?

    var whole: Sentence {
        let flag = observation.flag
        let value = observation.value.map { amount($0) }
        var japanese = value.map { "値は\($0)です。" } ?? "値がありません。"
        var english = value.map { "The value is \($0). " } ?? "There is no value. "
        if observation.marks.bound == .atLeast {
            japanese += "実際の値はこれ以上です(測定範囲の端)。"
            english += "The true value is this or more: the sensor is at the end of its range. "
        }
        if observation.marks.bound == .below {
            japanese += "実際の値はこれ未満です。"
            english += "The true value is less than this. "
        }
        if observation.marks.contains(.late) {
            japanese += "後の時刻の値より遅れて届いたため、前後の値と比べる検査は行いません。"
            english +=
                "It came after a later reading, so that checks against its neighbours are not made. "
        }
        japanese += "品質フラグは\(flag.rawValue)(\(flag.words.japanese))です。"
        english += "Its flag is \(flag.rawValue) (\(flag.words.english))."
        return Sentence(japanese: japanese, english: english)
    }

    var checks: [Sentence] {
        let made: [(QualityCheck, String, Sentence)?] = [
            limits.gap.map { (.gap, "欠落", gap($0)) },
            limits.syntax.map { (.syntax, "電文の項目", syntax($0)) },
            limits.location.map { (.location, "装置の位置", location($0)) },
            limits.grossRange.map { (.grossRange, "上下限", grossRange($0)) },
            limits.climatology.map { _ in (.climatology, "季節の範囲", climatology) },
            limits.spike.map { (.spike, "スパイク", spike($0)) },
            limits.rateOfChange.map { (.rateOfChange, "変化率", rateOfChange($0)) },
            limits.flatLine.map { (.flatLine, "値の固着", flatLine($0)) },
            limits.multiVariate.map { (.multiVariate, "雨量との整合", multiVariate($0)) },
            limits.attenuatedSignal.map { (.attenuatedSignal, "変動の減少", attenuated($0)) },
            limits.neighbor.map { (.neighbor, "隣のセンサー", neighbor($0)) },
            limits.errorCode.map { _ in (.errorCode, "エラー値", errorCode) },
            limits.step.map { (.step, "段差", step($0)) },
            limits.measuringRange.map { (.measuringRange, "測定できる距離", measuringRange($0)) },
            limits.temperatureArtefact.map {
                (.temperatureArtefact, "温度の影響", temperatureArtefact($0))
            },
            limits.tipBounce.map { (.tipBounce, "転倒の重複", tipBounce($0)) },
        ]
        return made.compactMap { $0 }.map { check, name, reason in
            let flag = observation.report[check]
            return Sentence(
                japanese: "\(name)(\(check.name)):\(flag.rawValue)(\(flag.words.japanese))。"
                    + reason.japanese,
                english: "\(check.name): \(flag.rawValue) (\(flag.words.english)). "
                    + reason.english)
        }
    }

    // MARK: - The checks

    private func gap(_ limits: QualityLimits.Gap) -> Sentence {
        let allowed = duration(limits.failSeconds)
        guard let before else {
            return Sentence(
                japanese: "最初の値で、前の値がありません。次の値の判定に合わせます。",
                english: "It is the first reading; it takes the flag of the second.")
        }
        let passed = duration(before.seconds)
        return observation.report[.gap] == .fail
            ? Sentence(
                japanese: "前の値から\(passed.japanese)あいています(上限\(allowed.japanese))。"
                    + "この値そのものの良否には数えません。",
                english:
                    "Nothing had come for \(passed.english); up to \(allowed.english) is allowed."
                    + " It does not count against the reading itself.")
            : Sentence(
                japanese: "前の値から\(passed.japanese)です(上限\(allowed.japanese))。",
                english: "\(passed.english) after the reading before; up to \(allowed.english) is"
                    + " allowed.")
    }

    private func grossRange(_ limits: QualityLimits.GrossRange) -> Sentence {
        let fail = span(limits.fail)
        switch observation.report[.grossRange] {
        case .fail:
            return Sentence(
                japanese: "値が測定できる範囲\(fail)の外にあります。",
                english: "The value lies outside the possible range \(fail).")
        case .suspect:
            let usual = limits.suspect.map(span) ?? fail
            return Sentence(
                japanese: "値がふだんの範囲\(usual)の外にあります(測定できる範囲は\(fail))。",
                english: "The value lies outside the usual range \(usual); possible is \(fail).")
        case .good:
            let inner = limits.suspect.map(span) ?? fail
            return Sentence(
                japanese: "値が範囲\(inner)の内にあります。",
                english: "The value lies in the range \(inner).")
        case .notEvaluated, .missing: return noValue
        }
    }

    private var climatology: Sentence {
        switch observation.report[.climatology] {
        case .fail:
            Sentence(
                japanese: "この時期にあり得る範囲の外にあります。",
                english: "The value lies outside what is possible at this time of the year.")
        case .suspect:
            Sentence(
                japanese: "この時期のふだんの範囲の外にあります。",
                english: "The value lies outside what is usual at this time of the year.")
        case .good:
            Sentence(
                japanese: "この時期のふだんの範囲の内にあります。",
                english: "The value is usual at this time of the year.")
        case .notEvaluated:
            Sentence(
                japanese: "この時期の範囲は設定されていません。",
                english: "Nothing is set down for this time of the year.")
        case .missing: noValue
        }
    }

    private func spike(_ limits: QualityLimits.Spike) -> Sentence {
        let thresholds = thresholds(limits.suspectThreshold, limits.failThreshold, unit)
        let neighbours = Sentence(
            japanese: "前の値\(neighbour(before).japanese)、次の値\(neighbour(after).japanese)。"
                + "しきい値は\(thresholds.japanese)です。",
            english: "The reading before: \(neighbour(before).english); after:"
                + " \(neighbour(after).english). Thresholds: \(thresholds.english).")
        let finding: Sentence
        switch observation.report[.spike] {
        case .fail, .suspect:
            finding = Sentence(
                japanese: "前後の値からこの値だけが飛び離れています。",
                english: "This reading alone stands out from its neighbours. ")
        case .good:
            finding = Sentence(
                japanese: "前後の値から飛び離れていません。",
                english: "It does not stand out from its neighbours. ")
        case .notEvaluated:
            finding = Sentence(
                japanese: "前後どちらかの値がないため(または範囲の端の値のため)、判定できません。",
                english: "A neighbour is missing, or a value only bounds the true one. ")
        case .missing: return noValue
        }
        return Sentence(
            japanese: finding.japanese + neighbours.japanese,
            english: finding.english + neighbours.english)
    }

    private func rateOfChange(_ limits: QualityLimits.RateOfChange) -> Sentence {
        let thresholds = thresholds(limits.threshold, limits.failThreshold, "\(unit)/s")
        let flag = observation.report[.rateOfChange]
        guard flag != .missing else { return noValue }
        guard flag != .notEvaluated else { return notComparable }
        guard let value = observation.value, let before, let earlier = before.value else {
            return Sentence(
                japanese: "直前の値がないため、変化は0とみなします。",
                english: "There is no value just before it: no change is assumed.")
        }
        let rate = (value - earlier).magnitude / max(before.seconds.rounded(.towardZero), 1)
        let passed = duration(before.seconds)
        return Sentence(
            japanese: "\(passed.japanese)前の値\(amount(earlier))から、毎秒\(number(rate)) \(unit)の"
                + "速さで変わりました。しきい値は\(thresholds.japanese)です。",
            english: "It has changed by \(number(rate)) \(unit)/s since \(amount(earlier))"
                + " \(passed.english) before. Thresholds: \(thresholds.english).")
    }

    private func flatLine(_ limits: QualityLimits.FlatLine) -> Sentence {
        let tolerance = amount(limits.tolerance)
        let flag = observation.report[.flatLine]
        let seconds = flag == .fail ? limits.failSeconds : limits.suspectSeconds
        let length = duration(seconds.rounded(.towardZero))
        switch flag {
        case .fail, .suspect:
            return Sentence(
                japanese: "直前の\(length.japanese)、値の幅が\(tolerance)に達していません。"
                    + "センサーの固着のおそれがあります。",
                english: "For \(length.english) the values have differed by less than \(tolerance):"
                    + " the sensor may be stuck.")
        case .good:
            return Sentence(
                japanese: "直前の\(length.japanese)に\(tolerance)以上動いたか、値がまだ足りません。",
                english: "Within \(length.english) it has moved by \(tolerance) or more, or too"
                    + " little time has passed.")
        case .notEvaluated: return notComparable
        case .missing: return noValue
        }
    }

    private func attenuated(_ limits: QualityLimits.AttenuatedSignal) -> Sentence {
        let period = duration(limits.periodSeconds)
        let measure: (japanese: String, english: String) =
            limits.measure == .range ? ("最大と最小の差", "range") : ("標準偏差", "standard deviation")
        let flag = observation.report[.attenuatedSignal]
        switch flag {
        case .fail, .suspect:
            let least = amount(flag == .fail ? limits.failThreshold : limits.suspectThreshold)
            return Sentence(
                japanese: "直前の\(period.japanese)の\(measure.japanese)が\(least)未満で、"
                    + "水面の動きとしては小さすぎます。",
                english:
                    "Over \(period.english) the \(measure.english) is below \(least), less than"
                    + " moving water has.")
        case .good:
            return Sentence(
                japanese: "直前の\(period.japanese)の\(measure.japanese)は"
                    + "\(amount(limits.suspectThreshold))以上です。",
                english: "Over \(period.english) the \(measure.english) is"
                    + " \(amount(limits.suspectThreshold)) or more.")
        case .notEvaluated:
            return Sentence(
                japanese: "直前の\(period.japanese)に判定できるだけの値がありません。",
                english: "There are too few values in the last \(period.english).")
        case .missing: return noValue
        }
    }

    private var errorCode: Sentence {
        guard observation.report[.errorCode] == .missing else {
            return Sentence(
                japanese: "エラーを示す値ではありません。", english: "The raw value is no error code.")
        }
        guard let raw = observation.rawValue else { return noValue }
        return Sentence(
            japanese: "センサーの生の値\(number(raw))は、測れなかったことを示すエラー値です。\(goingOn.japanese)",
            english:
                "The raw value \(number(raw)) is the sensor's code for having measured nothing."
                + goingOn.english)
    }

    private func step(_ limits: QualityLimits.Step) -> Sentence {
        let threshold = amount(limits.threshold)
        switch observation.report[.step] {
        case .fail, .suspect:
            let words = (likeness ?? .unclear).words
            return Sentence(
                japanese: "\(threshold)を超えて急に変わり、そのまま戻っていません。" + words.japanese,
                english: "It has leapt by more than \(threshold) and has not come back."
                    + words.english)
        case .good:
            return Sentence(
                japanese: "\(threshold)を超える急な変化のあとに止まってはいません。",
                english: "It has not leapt by more than \(threshold) to stand still there.")
        case .notEvaluated: return notComparable
        case .missing: return noValue
        }
    }

    private func syntax(_ limits: QualityLimits.Syntax) -> Sentence {
        let fields: [(Bool, String, String)] = [
            (limits.requiresTime, "装置の時刻", "a plausible time of the device"),
            (limits.requiresSequence, "通し番号", "a sequence number"),
        ]
        let wanted = fields.filter(\.0)
        let japanese = wanted.map(\.1).joined(separator: "、")
        let english = wanted.map(\.2).joined(separator: " and ")
        switch observation.report[.syntax] {
        case .good:
            return Sentence(
                japanese: "必要な項目(\(japanese))がそろっています。",
                english: "It came with \(english), as it must.")
        case .suspect, .fail:
            return Sentence(
                japanese: "必要な項目(\(japanese))が欠けているか、あり得ない値です。",
                english:
                    "It must come with \(english), and something of that is missing or cannot be.")
        case .notEvaluated, .missing:
            return Sentence(
                japanese: "電文から届いた値ではないため、判定しません。",
                english: "It did not come in a payload.")
        }
    }

    private func location(_ limits: QualityLimits.Location) -> Sentence {
        let range = "\(number(limits.rangeMetres)) m"
        switch observation.report[.location] {
        case .fail:
            return Sentence(
                japanese: "装置が知らせた位置は、あり得ない緯度・経度です。値そのものは要確認として扱います。",
                english: "The position that the device gives does not exist. The reading itself is"
                    + " taken as suspect.")
        case .suspect:
            return Sentence(
                japanese: "装置が知らせた位置が、観測局から\(range)を超えて離れています。流失や持ち去りのおそれがあります。",
                english: "The device says that it is more than \(range) away from its station: it"
                    + " may have been washed or carried away.")
        case .good:
            return Sentence(
                japanese: "装置が知らせた位置は、観測局から\(range)以内です。",
                english: "The device says that it is within \(range) of its station.")
        case .notEvaluated, .missing:
            return Sentence(
                japanese: "装置は位置を知らせていません。", english: "The device says nothing of its place.")
        }
    }

    private func neighbor(_ limits: QualityLimits.Neighbor) -> Sentence {
        let other = limits.sensor.local
        let thresholds = thresholds(limits.suspectThreshold, limits.failThreshold, unit)
        switch observation.report[.neighbor] {
        case .fail, .suspect:
            return Sentence(
                japanese: "もう1台のセンサー\(other)の値との差が大きすぎます(差が\(thresholds.japanese))。"
                    + "どちらが誤っているかは、この検査では分かりません。",
                english: "It differs too much from the second sensor \(other)"
                    + " (\(thresholds.english)). Which of the two is wrong this check cannot tell.")
        case .good:
            return Sentence(
                japanese: "もう1台のセンサー\(other)の値と合っています(差が\(thresholds.japanese)で判定)。",
                english: "It agrees with the second sensor \(other) (\(thresholds.english)).")
        case .notEvaluated:
            let age = duration(limits.greatestAgeSeconds)
            return Sentence(
                japanese: "センサー\(other)に前後\(age.japanese)以内の使える値がないか、この値が範囲の端のため、比べません。",
                english:
                    "Sensor \(other) has no usable reading within \(age.english), or this value"
                    + " only bounds the true one: they are not compared.")
        case .missing: return noValue
        }
    }

    private func multiVariate(_ limits: QualityLimits.MultiVariate) -> Sentence {
        let gauge = limits.rainSensor.local
        let window = duration(limits.windowSeconds)
        let rainWindow = duration(limits.rainWindowSeconds)
        let rise = amount(limits.riseThreshold)
        let rain = "\(number(limits.rainThresholdMillimetres)) mm"
        switch observation.report[.multiVariate] {
        case .fail, .suspect:
            return Sentence(
                japanese: "\(window.japanese)以内に\(rise)を超えて上がりましたが、雨量計\(gauge)の直前"
                    + "\(rainWindow.japanese)の雨量は\(rain)未満です。融雪、水門の操作、上流だけの雨でも起こります。",
                english:
                    "It has risen by more than \(rise) within \(window.english), and the rain gauge"
                    + " \(gauge) has less than \(rain) for the last \(rainWindow.english). Melting snow,"
                    + " a gate, or rain upstream alone do that too.")
        case .good:
            return Sentence(
                japanese: "\(window.japanese)以内に\(rise)を超えて上がってはいないか、雨量計\(gauge)の直前"
                    + "\(rainWindow.japanese)の雨量が\(rain)以上です。",
                english:
                    "It has not risen by more than \(rise) within \(window.english), or the rain"
                    + " gauge \(gauge) has \(rain) or more for the last \(rainWindow.english).")
        case .notEvaluated:
            return Sentence(
                japanese: "雨量計\(gauge)の雨量が直前\(rainWindow.japanese)のすべてについては分からないか、"
                    + "遅れて届いた値または範囲の端の値のため、判定しません。",
                english:
                    "The rain of the last \(rainWindow.english) at \(gauge) is not all known, or the"
                    + " reading came late or only bounds the true value.")
        case .missing: return noValue
        }
    }

    private func measuringRange(_ limits: QualityLimits.MeasuringRange) -> Sentence {
        let blanking = limits.blanking.map { number($0) } ?? "-"
        let maximum = limits.maximum.map { number($0) } ?? "-"
        switch observation.report[.measuringRange] {
        case .fail, .suspect:
            return Sentence(
                japanese: "生の値が不感距離\(blanking)以下です。水面がセンサーに近すぎて測れず、水位は少なくとも"
                    + "この値です。センサーの汚れやクモの巣、伏せて置かれたセンサーでも起こります。",
                english:
                    "The raw value is at or below the blanking distance \(blanking): the water is too"
                    + " near to be measured, and at least this high. Dirt or a spider's web at the"
                    + " sensor does that too, and so does a sensor that was laid on its face.")
        case .good:
            return Sentence(
                japanese: "生の値が測定できる範囲\(blanking) … \(maximum)の内にあります。",
                english:
                    "The raw value lies within what the sensor can see, \(blanking) … \(maximum).")
        case .notEvaluated: return notComparable
        case .missing:
            guard let raw = observation.rawValue, let end = limits.maximum, raw >= end else {
                return noValue
            }
            return Sentence(
                japanese: "生の値\(number(raw))は測定できる距離\(maximum)以上で、反射波が戻っていません。値は測れて"
                    + "いません。\(goingOn.japanese)",
                english:
                    "The raw value \(number(raw)) is at or above \(maximum): no echo came back, and"
                    + " nothing was measured." + goingOn.english)
        }
    }

    private func temperatureArtefact(_ limits: QualityLimits.TemperatureArtefact) -> Sentence {
        let other = limits.sensor.local
        var japanese: [String] = []
        var english: [String] = []
        if let span = limits.suspect {
            let range = "\(number(span.low)) … \(number(span.high)) °C"
            japanese.append("温度計\(other)が\(range)の外")
            english.append("\(other) outside \(range)")
        }
        if let following = limits.following {
            let window = duration(following.windowSeconds)
            japanese.append("\(window.japanese)の温度の変化に値が連動")
            english.append("a value that follows the temperature over \(window.english)")
        }
        let rules = Sentence(
            japanese: japanese.joined(separator: "、または"),
            english: english.joined(separator: ", or "))
        switch observation.report[.temperatureArtefact] {
        case .fail, .suspect:
            return Sentence(
                japanese: "日射で熱くなった筐体など、温度で値が動いたおそれがあります(\(rules.japanese))。",
                english: "Heat may have moved the value, such as the sun's on the housing"
                    + " (\(rules.english)).")
        case .good:
            return Sentence(
                japanese: "温度で値が動いた様子はありません(\(rules.japanese)で判定)。",
                english: "There is no sign that heat has moved the value (\(rules.english)).")
        case .notEvaluated:
            return Sentence(
                japanese: "温度計\(other)にその時刻の使える値がないか、遅れて届いた値または範囲の端の値のため、"
                    + "判定しません。",
                english:
                    "\(other) has no usable temperature of that time, or the reading came late or only"
                    + " bounds the true value.")
        case .missing: return noValue
        }
    }

    private func tipBounce(_ limits: QualityLimits.TipBounce) -> Sentence {
        let intensity = "\(number(limits.greatestMillimetresPerHour)) mm/h"
        switch observation.report[.tipBounce] {
        case .fail, .suspect:
            return Sentence(
                japanese: "前の値からの雨量が、時間雨量\(intensity)でもあり得ない量です。転倒ますの接点が二重に数えて"
                    + "いるおそれがあります。",
                english:
                    "More rain since the reading before than \(intensity) could bring: the bucket's"
                    + " contact may count its tips twice.")
        case .good:
            return Sentence(
                japanese: "前の値からの雨量は、時間雨量\(intensity)以内です。",
                english:
                    "The rain since the reading before is no more than \(intensity) could bring.")
        case .notEvaluated:
            return Sentence(
                japanese: "最初の値または遅れて届いた値で、前の値からの時間が分からないため、判定しません。",
                english:
                    "It is the first reading or came late: the time since the one before is not known."
            )
        case .missing: return noValue
        }
    }

    // MARK: - Parts of sentences

    private var noValue: Sentence {
        Sentence(japanese: "値がありません。", english: "There is no value.")
    }

    /// What it looks like that nothing was measured for a while.
    private var goingOn: (japanese: String, english: String) {
        likeness == .nothingMeasured ? LeapLikeness.nothingMeasured.words : ("", "")
    }

    private var notComparable: Sentence {
        Sentence(
            japanese: "遅れて届いた値、または範囲の端の値なので、比べません。",
            english: "It came late or only bounds the true value: it is not compared.")
    }

    private func neighbour(_ neighbour: QualityExplanation.Neighbour?) -> Sentence {
        guard let neighbour else {
            return Sentence(japanese: "なし", english: "none")
        }
        let passed = duration(neighbour.seconds)
        let value = neighbour.value.map { amount($0) }
        return Sentence(
            japanese: "\(value ?? "欠測")(\(passed.japanese)の差)",
            english: "\(value ?? "missing") (\(passed.english) away)")
    }

    private func thresholds(_ suspect: Double?, _ fail: Double?, _ unit: String) -> Sentence {
        let parts: [(String, String, Double?)] = [
            ("要確認", "suspect", suspect), ("異常値", "fail", fail),
        ]
        let given = parts.compactMap { japanese, english, value in
            value.map {
                ("\(japanese)が\(number($0)) \(unit)超", "\(english) above \(number($0)) \(unit)")
            }
        }
        return Sentence(
            japanese: given.map(\.0).joined(separator: "、"),
            english: given.map(\.1).joined(separator: ", "))
    }

    private func span(_ span: QualityLimits.Span) -> String {
        "\(number(span.low)) … \(amount(span.high))"
    }

    private func amount(_ value: Double) -> String { "\(number(value)) \(unit)" }

    /// Six places behind the point are finer than any of our sensors.
    private func number(_ value: Double) -> String {
        guard value.magnitude < 1e9 else { return "\(value)" }
        let rounded = (value * 1e6).rounded() / 1e6 + 0
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }

    private func duration(_ seconds: Double) -> Sentence {
        if seconds >= 7200 {
            return Sentence(
                japanese: "\(number((seconds / 360).rounded() / 10))時間",
                english: "\(number((seconds / 360).rounded() / 10)) hours")
        }
        if seconds >= 120 {
            return Sentence(
                japanese: "\(number((seconds / 6).rounded() / 10))分",
                english: "\(number((seconds / 6).rounded() / 10)) minutes")
        }
        return Sentence(japanese: "\(number(seconds))秒", english: "\(number(seconds)) s")
    }
}
