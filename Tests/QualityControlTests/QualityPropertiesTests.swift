import CAllocationCount
import GatewayModel
import QualityControl
import Testing

/// What holds for any series: the stream says what the whole series would say, however it is cut.
@Suite struct QualityPropertiesTests {
    private let limits = QualityLimits(
        grossRange: .init(fail: .init(low: 0, high: 5), suspect: .init(low: 0.1, high: 4)),
        spike: .init(method: .differential, suspectThreshold: 0.05, failThreshold: 0.5),
        rateOfChange: .init(threshold: 0.001, failThreshold: 0.01),
        flatLine: .init(tolerance: 0.015, suspectSeconds: 1800, failSeconds: 5400),
        attenuatedSignal: .init(
            measure: .standardDeviation, periodSeconds: 3600, minimum: .readings(4),
            suspectThreshold: 0.0203, failThreshold: 0.0041),
        gap: .init(failSeconds: 900),
        step: .init(threshold: 0.3, tolerance: 0.02, holdSeconds: 1800))

    /// The checks that go by other sensors.
    private func companionLimits() throws -> QualityLimits {
        QualityLimits(
            neighbor: .init(
                sensor: try TimedSeries.sensor(), suspectThreshold: 0.2, failThreshold: 0.6,
                greatestAgeSeconds: 600),
            multiVariate: .init(
                rainSensor: try TimedSeries.sensor("rain"), riseThreshold: 0.1,
                windowSeconds: 7200, rainThresholdMillimetres: 2, rainWindowSeconds: 21_600,
                greatestAgeSeconds: 1800),
            temperatureArtefact: .init(
                sensor: try TimedSeries.sensor("air"), greatestAgeSeconds: 900,
                suspect: .init(low: -5, high: 45),
                following: .init(
                    windowSeconds: 14_400, changeCelsius: 3, effect: 0.01, sensitivity: 0.1,
                    correlation: 0.5)),
            measuringRange: .init(blanking: 300, maximum: 5000),
            tipBounce: .init(greatestMillimetresPerHour: 5, depthMillimetres: 0.5))
    }

    private func context(_ index: Int) -> QualityContext {
        QualityContext(
            neighbour: index % 5 == 0 ? nil : 1 + Double(index % 40) / 50,
            celsius: index % 9 == 0 ? nil : 20 + Double(index / 7 % 29),
            rainMillimetres: index % 11 == 0 ? nil : Double(index / 31 % 4),
            rangeEnd: index % 97 == 0 ? .blanked : index % 89 == 0 ? .echoLost : nil)
    }

    /// Sampling that changes between two and ten minutes, with gaps, holes and stretches of calm.
    private func series(seed: UInt64, count: Int) -> TimedSeries {
        var random = SystemOfNumbers(seed: seed)
        var series = TimedSeries(values: [], milliseconds: [])
        var time: Int64 = 0
        var level = 1.0
        for index in 0..<count {
            let isFast = index / 60 % 2 == 0
            time += (isFast ? 120_000 : 600_000) + Int64(random.next() % 3000)
            if random.next() % 61 == 0 { time += Int64(random.next() % 20_000_000) }
            if index / 45 % 3 != 0 { level += (Double(random.next() % 100) - 49.5) / 1000 }
            let value = random.next() % 29 == 0 ? level + 0.7 : level
            series.values.append(random.next() % 17 == 0 ? nil : (value * 100).rounded() / 100)
            series.milliseconds.append(time)
        }
        return series
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `flat line and attenuation are what the whole series says`(seed: UInt64) {
        let series = series(seed: seed, count: 1500)
        let reports = series.finalReports(limits: limits, intervalSeconds: 600)
        var visited: [Set<UInt8>] = [[], []]
        for index in reports.indices {
            let flat = flatLine(series, index, expected: 600)
            let weak = attenuation(series, index)
            #expect(reports[index][.flatLine] == flat, "seed \(seed), reading \(index)")
            #expect(reports[index][.attenuatedSignal] == weak, "seed \(seed), reading \(index)")
            visited[0].insert(flat.rawValue)
            visited[1].insert(weak.rawValue)
        }
        #expect(visited == [[1, 3, 4, 9], [1, 2, 3, 4, 9]])
    }

    /// The rule in `FlatLineCheck`'s words, over the whole series.
    private func flatLine(
        _ series: TimedSeries, _ index: Int, expected: Int64
    ) -> QualityFlag {
        guard series.values[index] != nil else { return .missing }
        func isFlat(_ seconds: Int64) -> Bool {
            var first = index
            var span: Int64 = 0
            while first > 0 {
                let interval =
                    (series.milliseconds[first] - series.milliseconds[first - 1]) / 1000
                guard span + interval <= seconds else { break }
                span += interval
                first -= 1
            }
            let values = series.values[first...index].compactMap { $0 }
            guard let low = values.min(), let high = values.max(), high - low < 0.015,
                index > first
            else { return false }
            let mean = Double(span) / Double(index - first)
            return Double(span) + min(mean, Double(expected)) > Double(seconds)
        }
        return isFlat(5400) ? .fail : isFlat(1800) ? .suspect : .good
    }

    private func attenuation(_ series: TimedSeries, _ index: Int) -> QualityFlag {
        guard series.values[index] != nil else { return .missing }
        let values = series.values.indices[...index]
            .filter { series.milliseconds[$0] > series.milliseconds[index] - 3_600_000 }
            .compactMap { series.values[$0] }
        guard values.count >= 4 else { return .notEvaluated }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
            values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        let deviation = variance.squareRoot()
        return deviation < 0.0041 ? .fail : deviation < 0.0203 ? .suspect : .good
    }

    @Test func `a series that is cut anywhere gets the same flags`() {
        let series = series(seed: 9, count: 300)
        let whole = series.finalReports(limits: limits)
        for cut in stride(from: 1, to: 300, by: 23) {
            var control = QualityControl(limits: limits)
            var reports: [QualityReport] = []
            func judge(_ range: Range<Int>, by control: inout QualityControl) {
                for index in range {
                    let judgement = control.judge(
                        value: series.values[index],
                        time: SteadyInstant(milliseconds: series.milliseconds[index]))
                    if let former = judgement.former { reports[index - 1] = former }
                    reports.append(judgement.report)
                }
            }
            judge(0..<cut, by: &control)
            var other = control
            #expect(other == control)
            judge(cut..<300, by: &other)
            #expect(reports == whole, "cut at \(cut)")
        }
    }

    @Test func `a rise without rain is what the whole series says`() throws {
        let series = series(seed: 6, count: 1500)
        let reports = series.finalReports(limits: try companionLimits()) {
            QualityContext(rainMillimetres: $0 % 11 == 0 ? nil : Double($0 / 31 % 4))
        }
        var visited: Set<UInt8> = []
        for index in reports.indices {
            let window = series.values.indices[...index].filter {
                series.milliseconds[$0] >= series.milliseconds[index] - 7_200_000
            }
            let low = window.compactMap { series.values[$0] }.min() ?? .infinity
            let flag: QualityFlag
            if let value = series.values[index] {
                let isRising = value - low > 0.1
                flag =
                    index % 11 == 0
                    ? .notEvaluated : isRising && index / 31 % 4 < 2 ? .suspect : .good
            } else {
                flag = .missing
            }
            #expect(reports[index][.multiVariate] == flag, "reading \(index)")
            visited.insert(flag.rawValue)
        }
        #expect(visited == [1, 2, 3, 9])
    }

    @Test func `a series beside others that is cut anywhere gets the same flags`() throws {
        let series = series(seed: 12, count: 400)
        let limits = try companionLimits()
        let whole = series.finalReports(limits: limits, context: context)
        for check in [
            QualityCheck.neighbor, .multiVariate, .temperatureArtefact, .measuringRange, .tipBounce,
        ] {
            let flags = Set(whole.map { $0[check].rawValue })
            #expect(flags.isSuperset(of: [1, 3]), "\(check) \(flags)")
        }
        for cut in stride(from: 1, to: 400, by: 37) {
            var first = QualityControl(limits: limits)
            func judge(_ range: Range<Int>, by control: inout QualityControl) -> [QualityReport] {
                range.map { index in
                    control.judge(
                        value: series.values[index],
                        time: SteadyInstant(milliseconds: series.milliseconds[index]),
                        context: context(index)
                    ).report
                }
            }
            var reports = judge(0..<cut, by: &first)
            var second = first
            reports += judge(cut..<400, by: &second)
            #expect(reports == whole, "cut at \(cut)")
        }
    }

    @Test(.enabled(if: allocations_are_counted(), "the sanitizer counts in our place"))
    func `beside other sensors and in a filter nothing is allocated either`() throws {
        var control = QualityControl(limits: try companionLimits(), intervalSeconds: 60)
        var median = ReadingFilter(.median(windowSeconds: 3600))
        var hampel = ReadingFilter(
            .hampel(windowSeconds: 3600, deviations: 3, resolution: 0.001))
        func run(from first: Int64, to last: Int64) -> UInt64 {
            var sum: UInt64 = 0
            var index = first
            while index < last {
                let value = Double(index % 13) / 50 + (index % 101 == 0 ? 1 : 0)
                let time = SteadyInstant(milliseconds: index * 60_000)
                let context = QualityContext(
                    neighbour: 0.1, celsius: Double(index % 40), rainMillimetres: 1)
                sum &+= control.judge(value: value, time: time, context: context).report.packed
                sum &+= median.take(value, at: time).bitPattern
                sum &+= hampel.take(value, at: time).bitPattern
                index += 1
            }
            return sum
        }
        #expect(run(from: 0, to: 1000) > 0)
        let before = allocation_count()
        let sum = run(from: 1000, to: 5000)
        let after = allocation_count()
        #expect(after == before)
        #expect(sum > 0)
    }

    @Test(.enabled(if: allocations_are_counted(), "the sanitizer counts in our place"))
    func `nothing is allocated once the windows are full`() {
        var control = QualityControl(limits: limits, intervalSeconds: 60)
        func run(from first: Int64, to last: Int64) -> UInt64 {
            var sum: UInt64 = 0
            var index = first
            // A loop over a range allocates in debug builds.
            while index < last {
                let value = Double(index % 13) / 50 + (index % 101 == 0 ? 1 : 0)
                let time = SteadyInstant(milliseconds: index * 60_000)
                sum &+= control.judge(value: value, time: time).report.packed
                index += 1
            }
            return sum
        }
        #expect(run(from: 0, to: 1000) > 0)
        let before = allocation_count()
        let sum = run(from: 1000, to: 20_000)
        let after = allocation_count()
        #expect(after == before)
        #expect(sum > 0)
    }
}
