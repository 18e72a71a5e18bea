import GatewayModel
import QualityControl
import Testing

@Suite struct QualityExplanationTests {
    private let limits = QualityLimits(
        grossRange: .init(fail: .init(low: -0.5, high: 5), suspect: .init(low: -0.2, high: 4.5)),
        climatology: .init(
            members: [
                .init(time: .yearly(.month, 1...12), suspect: .init(low: 0, high: 2), fail: nil)
            ]),
        spike: .init(method: .differential, suspectThreshold: 0.2, failThreshold: 0.5),
        rateOfChange: .init(threshold: 0.002, failThreshold: 0.01),
        flatLine: .init(tolerance: 0.001, suspectSeconds: 10_800, failSeconds: 21_600),
        attenuatedSignal: .init(
            measure: .standardDeviation, periodSeconds: 43_200, minimum: .readings(10),
            suspectThreshold: 0.002, failThreshold: 0.0005),
        gap: .init(failSeconds: 7200), errorCode: .init(codes: [5000]),
        step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 3600))

    private func observation(
        _ value: Double?, raw: Double? = 100, marks: ObservationMarks = [],
        _ flags: [QualityCheck: QualityFlag]
    ) -> Observation {
        var report = QualityReport()
        for (check, flag) in flags { report[check] = flag }
        let instant = GatewayInstant(
            monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0), quality: .synchronised)
        return Observation(
            channel: ChannelIndex(1), time: UTCInstant(milliseconds: 0), deviceTime: nil,
            received: instant, rawValue: raw, value: value,
            flag: report.aggregate(isMissing: value == nil), report: report, errorCode: 0,
            calibrationVersion: 1, identity: .none, marks: marks)
    }

    private func explain(_ observation: Observation) -> QualityExplanation {
        QualityExplanation(
            of: observation, limits: limits, unit: "m",
            before: .init(value: 1, seconds: 60), after: .init(value: nil, seconds: 600))
    }

    @Test func `a spike is explained with its neighbours and thresholds`() {
        let explanation = explain(
            observation(
                1.700_000_000_01,
                [.spike: .fail, .rateOfChange: .fail, .grossRange: .good, .gap: .good]))
        let japanese = explanation.sentences.map(\.japanese)
        #expect(japanese[0] == "値は1.7 mです。品質フラグは4(異常値)です。")
        #expect(japanese[1] == "欠落(gap):1(正常)。前の値から60秒です(上限2時間)。")
        #expect(japanese[2] == "上下限(gross_range):1(正常)。値が範囲-0.2 … 4.5 mの内にあります。")
        #expect(
            japanese[4] == "スパイク(spike):4(異常値)。前後の値からこの値だけが飛び離れています。"
                + "前の値1 m(60秒の差)、次の値欠測(10分の差)。"
                + "しきい値は要確認が0.2 m超、異常値が0.5 m超です。")
        #expect(
            japanese[5] == "変化率(rate_of_change):4(異常値)。60秒前の値1 mから、毎秒0.011667 mの"
                + "速さで変わりました。しきい値は要確認が0.002 m/s超、異常値が0.01 m/s超です。")
        let english = explanation.sentences.map(\.english)
        #expect(english[0] == "The value is 1.7 m. Its flag is 4 (failed).")
        #expect(
            english[5] == "rate_of_change: 4 (failed). It has changed by 0.011667 m/s since 1 m"
                + " 60 s before. Thresholds: suspect above 0.002 m/s, fail above 0.01 m/s.")
        #expect(english.count == 10, "the whole, and the nine checks that have limits")
    }

    @Test func `an error code is named`() {
        let english = explain(
            observation(nil, raw: 5000, [.errorCode: .missing, .grossRange: .missing])
        ).sentences.map(\.english)
        #expect(english[0] == "There is no value. Its flag is 9 (missing).")
        #expect(english[2] == "gross_range: 9 (missing). There is no value.")
        #expect(
            english[8]
                == "error_code: 9 (missing). The raw value 5000 is the sensor's code for having"
                + " measured nothing.")
    }

    @Test func `what is flat, weak or leapt says for how long and by how much`() {
        let english = explain(
            observation(
                1, [.flatLine: .fail, .attenuatedSignal: .suspect, .step: .suspect, .gap: .fail])
        ).sentences.map(\.english)
        #expect(
            english[6] == "flat_line: 4 (failed). For 6 hours the values have differed by less than"
                + " 0.001 m: the sensor may be stuck.")
        #expect(
            english[7] == "attenuated_signal: 3 (suspect). Over 12 hours the standard deviation is"
                + " below 0.002 m, less than moving water has.")
        #expect(english[9].hasPrefix("step: 3 (suspect). It has leapt by more than 0.3 m"))
        #expect(english[1].contains("It does not count against the reading itself."))
    }

    @Test func `a late reading and a bound say why they are not compared`() {
        let late = explain(observation(1, marks: [.late], [.grossRange: .good]))
        #expect(late.sentences[0].japanese.contains("遅れて届いたため"))
        #expect(late.sentences[0].english.hasPrefix("The value is 1 m. It came after a later"))
        let bound = explain(observation(1, marks: [.atLeast], [.grossRange: .suspect]))
        #expect(bound.sentences[0].japanese.hasPrefix("値は1 mです。実際の値はこれ以上です"))
        #expect(
            bound.sentences[2].english
                == "gross_range: 3 (suspect). The value lies outside the usual range -0.2 … 4.5 m;"
                + " possible is -0.5 … 5 m.")
    }

    @Test func `each flag of each check has words`() {
        for flag in QualityFlag.allCases {
            var flags: [QualityCheck: QualityFlag] = [:]
            for check in QualityCheck.allCases { flags[check] = flag }
            let explanation = explain(observation(flag == .missing ? nil : 1, flags))
            #expect(explanation.sentences.count == 10)
            for sentence in explanation.sentences.dropFirst() {
                #expect(sentence.english.contains(": \(flag.rawValue) ("), "\(sentence.english)")
                #expect(sentence.english.hasSuffix("."), "\(sentence.english)")
                #expect(sentence.japanese.hasSuffix("。"), "\(sentence.japanese)")
            }
        }
    }

    // MARK: - Checks beside other sensors

    private func companionLimits() throws -> QualityLimits {
        QualityLimits(
            syntax: .init(requiresTime: true, requiresSequence: true),
            neighbor: .init(
                sensor: try TimedSeries.sensor("stage-2"), suspectThreshold: 0.1,
                greatestAgeSeconds: 600),
            multiVariate: .init(
                rainSensor: try TimedSeries.sensor("rain-1"), riseThreshold: 0.3,
                windowSeconds: 3600, rainThresholdMillimetres: 2, rainWindowSeconds: 21_600,
                greatestAgeSeconds: 1800),
            temperatureArtefact: .init(
                sensor: try TimedSeries.sensor("box"), greatestAgeSeconds: 900,
                suspect: .init(low: -20, high: 50),
                following: .init(
                    windowSeconds: 21_600, changeCelsius: 10, effect: 0.03, sensitivity: 0.012,
                    correlation: 0.9)),
            measuringRange: .init(blanking: 300, maximum: 5000),
            tipBounce: .init(greatestMillimetresPerHour: 300, depthMillimetres: 0.5))
    }

    @Test func `each flag of the checks beside other sensors has words`() throws {
        for flag in QualityFlag.allCases {
            var flags: [QualityCheck: QualityFlag] = [:]
            for check in QualityCheck.allCases { flags[check] = flag }
            let explanation = QualityExplanation(
                of: observation(flag == .missing ? nil : 1, flags), limits: try companionLimits(),
                unit: "m", before: nil, after: nil)
            #expect(explanation.sentences.count == 7)
            for sentence in explanation.sentences.dropFirst() {
                #expect(sentence.english.contains(": \(flag.rawValue) ("), "\(sentence.english)")
                #expect(sentence.english.hasSuffix("."), "\(sentence.english)")
                #expect(sentence.japanese.hasSuffix("。"), "\(sentence.japanese)")
            }
        }
    }

    @Test func `what another sensor says against a reading is named`() throws {
        let explanation = QualityExplanation(
            of: observation(
                1,
                [
                    .neighbor: .suspect, .multiVariate: .suspect, .measuringRange: .suspect,
                    .temperatureArtefact: .suspect, .tipBounce: .suspect, .syntax: .good,
                ]), limits: try companionLimits(), unit: "m", before: nil, after: nil)
        let english = explanation.sentences.map(\.english)
        #expect(
            english[1] == "syntax: 1 (good). It came with a plausible time of the device and a"
                + " sequence number, as it must.")
        #expect(
            english[2]
                == "multi_variate: 3 (suspect). It has risen by more than 0.3 m within 60 minutes,"
                + " and the rain gauge rain-1 has less than 2 mm for the last 6 hours. Melting snow,"
                + " a gate, or rain upstream alone do that too.")
        #expect(
            english[3]
                == "neighbor: 3 (suspect). It differs too much from the second sensor stage-2"
                + " (suspect above 0.1 m). Which of the two is wrong this check cannot tell.")
        #expect(
            english[5]
                == "temperature_artefact: 3 (suspect). Heat may have moved the value, such as"
                + " the sun's on the housing (box outside -20 … 50 °C, or a value that follows the"
                + " temperature over 6 hours).")
        let lost = QualityExplanation(
            of: observation(nil, raw: 5000, [.measuringRange: .missing]),
            limits: try companionLimits(), unit: "m", before: nil, after: nil)
        #expect(lost.sentences[4].japanese.contains("反射波が戻っていません"))
    }
}
