import Foundation
import GatewayModel
import QualityControl
import Testing

/// Real rivers, real faults that people have labelled, and faults put into real floods: how much is
/// found, and that no flood is failed. `make quality` prints the figures.
@Suite struct RealFloodsTests {
    /// What was found of what was wrong.
    private struct Score {
        var found = 0
        var wrong = 0
        var flagged = 0

        init(flagged: [Bool], wrong: [Bool]) {
            self.flagged = flagged.count { $0 }
            self.wrong = wrong.count { $0 }
            found = zip(flagged, wrong).count { $0 && $1 }
        }

        var precision: Double { flagged == 0 ? 1 : Double(found) / Double(flagged) }
        var recall: Double { wrong == 0 ? 1 : Double(found) / Double(wrong) }

        func tell(_ name: String) {
            print(
                "quality: \(name): precision \(String(format: "%.3f", precision)),"
                    + " recall \(String(format: "%.3f", recall))"
                    + " (\(found) of \(wrong) found, \(flagged) flagged)")
        }
    }

    private func isFlagged(_ flag: QualityFlag) -> Bool { flag == .suspect || flag == .fail }

    private func whole(_ reports: [QualityReport]) -> [QualityFlag] {
        reports.map { $0.aggregate(isMissing: false) }
    }

    // MARK: - Labelled data

    @Test func `a year of the Blacksmith Fork against its technician's labels`() throws {
        let series = try TimedSeries.river("logan-2019-stage")
        let labels = try TimedSeries.fixture("logan-2019-stage").map { !$0[1].isEmpty }
        #expect(labels.count { $0 } == 24)
        let limits = QualityLimits(
            grossRange: .init(fail: .init(low: 0, high: 200), suspect: .init(low: 5, high: 120)),
            spike: .init(method: .differential, suspectThreshold: 3, failThreshold: 9),
            rateOfChange: .init(threshold: 6.0 / 900, failThreshold: nil),
            flatLine: .init(tolerance: 0.005, suspectSeconds: 21_600, failSeconds: 86_400),
            step: .init(threshold: 9, tolerance: 1.5, holdSeconds: 7200))
        let reports = series.finalReports(limits: limits, intervalSeconds: 900)
        for check in [
            QualityCheck.grossRange, .spike, .rateOfChange, .flatLine, .step,
        ] {
            Score(flagged: reports.map { isFlagged($0[check]) }, wrong: labels)
                .tell("Blacksmith Fork, \(check.name)")
        }
        let all = Score(flagged: whole(reports).map(isFlagged), wrong: labels)
        all.tell("Blacksmith Fork, all checks")
        #expect(all.recall == 1)
        #expect(all.precision > 0.3)
        let failed = Score(flagged: whole(reports).map { $0 == .fail }, wrong: labels)
        failed.tell("Blacksmith Fork, failed")
        #expect(failed.precision == 1, "what fails was really wrong")
    }

    // MARK: - Real floods

    /// Limits as a station file would have them, in metres.
    private func limits(spike: Double, rate: Double, flatHours: Double = 24) -> QualityLimits {
        QualityLimits(
            grossRange: .init(fail: .init(low: -2, high: 8), suspect: nil),
            spike: .init(
                method: .differential, suspectThreshold: spike, failThreshold: 2 * spike),
            rateOfChange: .init(threshold: rate, failThreshold: nil),
            flatLine: .init(
                tolerance: 0.0005, suspectSeconds: flatHours * 3600,
                failSeconds: 2 * flatHours * 3600),
            step: .init(threshold: 2 * spike, tolerance: 0.02, holdSeconds: 3600))
    }

    private struct River {
        let name: String
        let series: TimedSeries
        let limits: QualityLimits
        let interval: Double
    }

    private func rivers() throws -> [River] {
        [
            River(
                name: "Dead Run",
                series: try .river("dead-run").map { $0 * 0.3048 },
                limits: limits(spike: 0.1, rate: 0.0008), interval: 300),
            River(
                name: "Trout Creek", series: try .river("trout-creek").map { 4.2 - $0 / 100 },
                limits: limits(spike: 0.2, rate: 0.0006, flatHours: 3), interval: 300),
            River(
                name: "Kuji", series: try .river("kuji-nukada"),
                limits: limits(spike: 0.1, rate: 0.0003), interval: 600),
        ]
    }

    @Test func `no flood is failed, and the Kuji's two false zeros are`() throws {
        for river in try rivers() {
            let flags = whole(
                river.series.finalReports(
                    limits: river.limits, intervalSeconds: river.interval))
            let failed = flags.indices.filter { flags[$0] == .fail }
            let suspect = flags.count { $0 == .suspect }
            print(
                "quality: \(river.name) as it is: \(failed.count) failed, \(suspect) suspect of"
                    + " \(flags.count)")
            #expect(suspect < flags.count / 200, "\(river.name)")
            guard river.name == "Kuji" else {
                #expect(failed == [], "\(river.name)")
                continue
            }
            let times = failed.map {
                UTCInstant(milliseconds: river.series.milliseconds[$0]).rfc3339()
            }
            #expect(times == ["2026-07-19T05:30:00Z", "2026-08-05T15:30:00Z"])
            #expect(failed.allSatisfy { river.series.values[$0] == 0 })
        }
    }

    // MARK: - Faults put into real floods

    /// Places all over a series, floods and all.
    private func places(_ count: Int) -> [Int] {
        Array(stride(from: 150, to: count - 150, by: 211))
    }

    @Test func `spikes and dropouts in floods are found, and nothing else is failed`() throws {
        for river in try rivers() where river.name != "Kuji" {
            var series = river.series
            var wrong = series.values.map { _ in false }
            for (order, place) in places(series.values.count).enumerated() {
                series.values[place]? += order.isMultiple(of: 2) ? 0.6 : -0.45
                wrong[place] = true
            }
            let spikes = series.finalReports(
                limits: river.limits, intervalSeconds: river.interval)
            let spike = Score(flagged: spikes.map { isFlagged($0[.spike]) }, wrong: wrong)
            spike.tell("\(river.name), spikes, spike")
            #expect(spike.recall == 1 && spike.precision > 0.9, "\(river.name)")
            let failed = Score(flagged: whole(spikes).map { $0 == .fail }, wrong: wrong)
            failed.tell("\(river.name), spikes, failed by any check")
            #expect(failed.precision == 1, "\(river.name)")

            series = river.series
            wrong = series.values.map { _ in false }
            for place in places(series.values.count) {
                for index in place..<place + 4 {
                    series.values[index] = -0.31
                    wrong[index] = true
                }
            }
            let dropouts = series.finalReports(
                limits: river.limits, intervalSeconds: river.interval)
            let step = Score(flagged: dropouts.map { isFlagged($0[.step]) }, wrong: wrong)
            step.tell("\(river.name), dropouts of four readings, step")
            #expect(step.recall > 0.99 && step.precision > 0.9, "\(river.name)")
            #expect(
                zip(whole(dropouts), wrong).allSatisfy { $0 != .fail || $1 }, "\(river.name)")
        }
    }

    @Test func `a stuck sensor is found, and a drift is not`() throws {
        let river = try #require(try rivers().first { $0.name == "Trout Creek" })
        var series = river.series
        var wrong = series.values.map { _ in false }
        for place in stride(from: 400, to: series.values.count - 200, by: 900) {
            for index in place..<place + 72 {
                series.values[index] = series.values[place]
                // Before three hours nobody can know.
                wrong[index] = index >= place + 36
            }
        }
        let stuck = series.finalReports(limits: river.limits, intervalSeconds: river.interval)
        let flat = Score(flagged: stuck.map { isFlagged($0[.flatLine]) }, wrong: wrong)
        flat.tell("\(river.name), stuck for six hours, flat_line after three")
        #expect(flat.recall > 0.97 && flat.precision > 0.97)

        series = river.series
        wrong = series.values.map { _ in false }
        for index in 5000..<5864 {
            series.values[index]? += 0.3 * Double(index - 5000) / 864
            wrong[index] = true
        }
        let drift = Score(
            flagged: whole(
                series.finalReports(limits: river.limits, intervalSeconds: river.interval)
            ).map(isFlagged), wrong: wrong)
        drift.tell("\(river.name), a drift of 0.3 m in three days, all checks")
        #expect(drift.recall < 0.1, "one sensor alone cannot tell a drift from water")
    }

    @Test func `readings that come twice or late make no false flags`() throws {
        for river in try rivers() {
            let clean = whole(
                river.series.finalReports(
                    limits: river.limits, intervalSeconds: river.interval))
            var doubled = TimedSeries(values: [], milliseconds: [])
            for (index, value) in river.series.values.enumerated() {
                for _ in 0..<(index.isMultiple(of: 37) ? 2 : 1) {
                    doubled.values.append(value)
                    doubled.milliseconds.append(river.series.milliseconds[index])
                }
            }
            let twice = whole(
                doubled.finalReports(limits: river.limits, intervalSeconds: river.interval))
            let late = river.series.withLate(every: 41, by: 3)
            let afterwards = whole(
                late.finalReports(limits: river.limits, intervalSeconds: river.interval))
            for flag in [QualityFlag.suspect, .fail] {
                let before = clean.count { $0 == flag }
                let more = twice.count { $0 == flag } - before
                let delayed = afterwards.count { $0 == flag } - before
                print("quality: \(river.name), \(flag): twice \(more) more, late \(delayed) more")
                #expect(more <= 2 && delayed <= 2, "\(river.name)")
            }
        }
    }

    // MARK: - Beside other sensors

    @Test func `a drift is found by a second sensor, and a flood is not taken for one`() throws {
        for (name, threshold) in [("Trout Creek", 0.15), ("Dead Run", 0.12)] {
            let river = try #require(try rivers().first { $0.name == name })
            var limits = river.limits
            limits.neighbor = .init(
                sensor: try TimedSeries.sensor(), suspectThreshold: threshold,
                greatestAgeSeconds: 600)
            // The second sensor is read one interval earlier, and has been smoothed by its burst.
            let values = river.series.values
            let second = values.indices.map { index -> Double? in
                let near = values[max(0, index - 3)...index].dropLast().compactMap { $0 }.sorted()
                return near.isEmpty ? nil : near[near.count / 2]
            }
            var series = river.series
            for index in 5000..<5864 {
                series.values[index]? += 0.3 * Double(index - 5000) / 864
            }
            let flags = series.finalReports(limits: limits, intervalSeconds: 300) {
                QualityContext(neighbour: second[$0])
            }.map { isFlagged($0[.neighbor]) }
            for least in [0.0, threshold, 0.2] {
                let wrong = values.indices.map {
                    (5000..<5864).contains($0) && 0.3 * Double($0 - 5000) / 864 > least
                }
                let score = Score(flagged: flags, wrong: wrong)
                score.tell("\(name), a drift of 0.3 m in three days, from \(least) m on, neighbor")
                if least == 0.2 { #expect(score.recall > 0.9, "\(name)") }
            }
            let outside = flags.indices.count { flags[$0] && !(5000..<5864).contains($0) }
            print("quality: \(name), neighbor: \(outside) suspect outside of the drift")
            #expect(outside < flags.count / 100, "\(name)")
            let first = try #require(flags[5000...].firstIndex(of: true))
            print("quality: \(name), neighbor: first suspect after \((first - 5000) / 12) hours")
        }
    }

    private func heatedBox(isFollowing: Bool) throws -> QualityLimits {
        QualityLimits(
            temperatureArtefact: .init(
                sensor: try TimedSeries.sensor("box"), greatestAgeSeconds: 900,
                suspect: isFollowing ? nil : .init(low: -20, high: 50),
                following: isFollowing
                    ? .init(
                        windowSeconds: 21_600, changeCelsius: 10, effect: 0.05,
                        sensitivity: 0.012, correlation: 0.85) : nil))
    }

    @Test func `Trout Creek's heated box is suspect while it is hot, and its lidar feels no heat`()
        throws
    {
        let river = try #require(try rivers().first { $0.name == "Trout Creek" })
        let box = try TimedSeries.boxTemperature().values
        let hot = river.series.finalReports(limits: try heatedBox(isFollowing: false)) {
            QualityContext(celsius: box[$0])
        }.map { isFlagged($0[.temperatureArtefact]) }
        print(
            "quality: Trout Creek's box above 50 °C: \(hot.count { $0 }) of \(hot.count) suspect")
        #expect(hot == box.map { $0.map { $0 > 50 } ?? false })
        #expect(hot.count { $0 } == 812)

        let following = river.series.finalReports(limits: try heatedBox(isFollowing: true)) {
            QualityContext(celsius: box[$0])
        }.map { isFlagged($0[.temperatureArtefact]) }
        print(
            "quality: Trout Creek's lidar as it is: \(following.count { $0 }) of"
                + " \(following.count) follow the temperature")
        #expect(following.count { $0 } < following.count / 100)
    }

    @Test func `an ultrasonic sensor in that box is found to follow its heat`() throws {
        let river = try #require(try rivers().first { $0.name == "Trout Creek" })
        let box = try TimedSeries.boxTemperature().values
        var series = river.series
        var error: [Double] = []
        for index in series.values.indices {
            // Sound in the shade, a thermometer in the sun: 0.18 % of the distance for each degree.
            let wrong =
                -0.0018 * (4.2 - (river.series.values[index] ?? 0)) * ((box[index] ?? 15) - 15)
            series.values[index]? += wrong
            error.append(wrong)
        }
        // Wrong is where heat has moved the value by 10 cm or more within six hours.
        let wrong = error.indices.map { index in
            let window = error[max(0, index - 72)...index]
            return (window.max() ?? 0) - (window.min() ?? 0) >= 0.1
        }
        let flags = series.finalReports(limits: try heatedBox(isFollowing: true)) {
            QualityContext(celsius: box[$0])
        }.map { isFlagged($0[.temperatureArtefact]) }
        let score = Score(flagged: flags, wrong: wrong)
        score.tell("Trout Creek, an ultrasonic sensor in the heated box, temperature_artefact")
        #expect(score.recall > 0.7 && score.precision > 0.8)
    }

    @Test func `a chattering bucket is found, and doubled tips are not`() throws {
        // Real rain as a bucket of 0.2 mm tells it each minute.
        let rain = try TimedSeries.rain().values
        var minutes: [Double] = []
        for amount in rain.prefix(2000) {
            let tips = Int(((amount ?? 0) / 0.2).rounded())
            minutes += (0..<15).map { $0 < tips ? 0.2 * Double((tips + 14 - $0) / 15) : 0 }
        }
        let limits = QualityLimits(
            tipBounce: .init(greatestMillimetresPerHour: 200, depthMillimetres: 0.2))
        let places = minutes.indices.filter { minutes[$0] > 0 }
        for (name, factor, least) in [("chattering twentyfold", 20.0, 0.95), ("doubled", 2, 0)] {
            var series = TimedSeries(
                values: minutes.map { Optional($0) }, everyMilliseconds: 60_000)
            var wrong = minutes.map { _ in false }
            for place in stride(from: 3, to: places.count, by: 7).map({ places[$0] }) {
                series.values[place]? *= factor
                wrong[place] = true
            }
            let flags = series.finalReports(limits: limits).map { isFlagged($0[.tipBounce]) }
            let score = Score(flagged: flags, wrong: wrong)
            score.tell("Gorpley, tips \(name), tip_bounce")
            #expect(score.recall >= least && score.precision == 1, "\(name)")
        }
    }

    // MARK: - FloodNet

    private func street(_ zero: Double) -> QualityLimits {
        QualityLimits(
            grossRange: .init(
                fail: .init(low: -3, high: 3), suspect: .init(low: -0.3, high: 2)),
            spike: .init(method: .differential, suspectThreshold: 0.1, failThreshold: 0.3),
            errorCode: .init(codes: [5000, 9999].map { (zero - $0) / 1000 }),
            step: .init(threshold: 0.15, tolerance: 0.03, holdSeconds: 3600))
    }

    @Test func `nine false floods of a clean sensor are all suspect, at once`() throws {
        let series = try TimedSeries.river("barely-hot-aphid").map { (2912 - $0) / 1000 }
        var control = QualityControl(limits: street(2912), intervalSeconds: 63)
        var false30 = 0
        var unsuspected = 0
        var suspect = 0
        for (value, time) in zip(series.values, series.milliseconds) {
            let report = control.judge(
                value: value, time: SteadyInstant(milliseconds: time),
                isErrorCode: value == (2912.0 - 9999) / 1000
            ).report
            let isSuspect = isFlagged(report.aggregate(isMissing: false))
            suspect += isSuspect ? 1 : 0
            guard let value, value > 0.3, report[.errorCode] == .good else { continue }
            false30 += 1
            unsuspected += isSuspect ? 0 : 1
        }
        print(
            "quality: barely_hot_aphid: \(false30) readings above 0.3 m, \(unsuspected) of them not"
                + " suspect at once; \(suspect) suspect of \(series.values.count)")
        #expect(false30 == 9 && unsuspected == 0)
        #expect(suspect < 40)
    }

    @Test func `a pathological sensor is half missing, and believed never above 0.3 m`() throws {
        let series = try TimedSeries.river("tired-red-monkey").map { (2702 - $0) / 1000 }
        let reports = series.finalReports(limits: street(2702), intervalSeconds: 63)
        let codes = reports.count { $0[.errorCode] == .missing }
        let believed = zip(series.values, reports).count { value, report in
            value.map { $0 > 0.3 } ?? false && report.aggregate(isMissing: false) == .good
        }
        print("quality: tired_red_monkey: \(codes) error codes, \(believed) false floods believed")
        #expect(codes > reports.count / 3)
        #expect(believed == 0)
    }

    @Test func `a real flood of a street is not failed, and hardly suspect`() throws {
        let series = try TimedSeries.river("daily-happy-satyr").map { (1578 - $0) / 1000 }
        let reports = series.finalReports(limits: street(1578), intervalSeconds: 63)
        let flood = series.values.indices.filter { index in
            // The night of the highest flood, 473 mm.
            let time = UTCInstant(milliseconds: series.milliseconds[index]).rfc3339()
            return time >= "2023-06-03T23:30" && time < "2023-06-04T02:30"
        }
        #expect(flood.contains { series.values[$0] ?? 0 > 0.47 })
        let flags = flood.map { reports[$0].aggregate(isMissing: false) }
        print(
            "quality: daily_happy_satyr's flood: \(flags.count { $0 == .fail }) failed,"
                + " \(flags.count { $0 == .suspect }) suspect of \(flags.count)")
        #expect(!flags.contains(.fail))
        #expect(flags.count { $0 == .suspect } <= 4)
    }
}

extension TimedSeries {
    /// Every so many-th reading arrives after the next few.
    fileprivate func withLate(every: Int, by delay: Int) -> TimedSeries {
        var order = Array(values.indices)
        for index in stride(from: every, to: values.count - delay - 1, by: every) {
            order.remove(at: index)
            order.insert(index, at: index + delay)
        }
        return TimedSeries(
            values: order.map { values[$0] }, milliseconds: order.map { milliseconds[$0] })
    }
}
