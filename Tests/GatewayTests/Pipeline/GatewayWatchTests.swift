import GatewayModel
import GatewayPorts
import Testing

@testable import Gateway

@Suite struct GatewayWatchTests {
    private let home: StationID
    private let level: SensorID

    init() throws {
        home = try #require(StationID("pole-1"))
        level = try testSensorID("pole-1.level")
    }

    private func present(
        at seconds: Double, quality: ClockQuality = .synchronised
    ) -> GatewayWatch.Present {
        GatewayWatch.Present(
            now: instant(seconds, quality: quality), started: instant(0).steady, home: home)
    }

    private func sensor(
        heard: Double?, interval: Double? = 600, within: UInt32? = nil, isFlood: Bool = false,
        battery: UInt16? = nil, low: Int? = nil, offset: Int64? = nil
    ) -> GatewayWatch.Sensor {
        GatewayWatch.Sensor(
            id: level, intervalSeconds: interval, speaksWithinSeconds: within, isFlood: isFlood,
            heard: heard.map { instant($0).steady }, batteryMillivolts: battery,
            batteryLowMillivolts: low, clockOffsetMilliseconds: offset)
    }

    private func words(_ conditions: [SystemCondition]) -> [String] {
        // The gateway's own clock is right in these tests, and says so once.
        conditions.filter { $0.subject.rule != "system.clock" || $0.isFailing }
            .map { "\($0.subject.rule) \($0.isFailing ? "fails" : "works") \($0.detail)" }
    }

    /// What is told of one sensor that stands so at each second.
    private func told(
        _ moments: [(Double, GatewayWatch.Sensor)]
    ) -> [String] {
        var watch = GatewayWatch()
        return moments.flatMap { seconds, sensor in
            var present = present(at: seconds)
            present.sensors = [sensor]
            return words(watch.step(present)).filter { $0.contains(".level ") }
                .map { "\(Int(seconds)) \($0)" }
        }
    }

    // MARK: - Silence

    @Test func `a sensor is silent after three of its intervals, and heard when it speaks`() {
        #expect(
            told([
                (10, sensor(heard: nil)), (1799, sensor(heard: nil)), (1800, sensor(heard: nil)),
                (1900, sensor(heard: nil)), (1910, sensor(heard: 1905)),
                (3704, sensor(heard: 1905)), (3705, sensor(heard: 1905)),
            ]) == [
                "1800 system.silent.level fails 30 min", "1910 system.silent.level works ",
                "3705 system.silent.level fails 30 min",
            ])
    }

    @Test func `the device's own word of its mode counts, and in a flood silence is told sooner`() {
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil)) == 1800)
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil, isFlood: true)) == 1200)
        #expect(
            GatewayWatch.silentSeconds(sensor(heard: nil, within: 86_400, isFlood: true))
                == 129_660)
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil, within: 120)) == 240)
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil, within: 0)) == 1800)
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil, interval: nil)) == nil)
        #expect(GatewayWatch.silentSeconds(sensor(heard: nil, interval: 1)) == 180)
    }

    @Test func `a restart ends no silence and begins none`() {
        // Its last reading is of an earlier run.
        #expect(
            told([(1, sensor(heard: -5000)), (1000, sensor(heard: -5000))]).isEmpty)
        #expect(told([(1, sensor(heard: -5000)), (1800, sensor(heard: -5000))]).count == 1)
    }

    @Test func `without a broker no sensor is silent, and afterwards each gets its time`() {
        var watch = GatewayWatch()
        func step(_ seconds: Double, connected: Bool, since: Double) -> [String] {
            var present = present(at: seconds)
            present.sensors = [sensor(heard: 0)]
            present.broker = SourceStatus(
                name: "mqtt", isConnected: connected, detail: "refused", since: instant(since))
            return words(watch.step(present))
        }
        #expect(step(10, connected: false, since: 5).isEmpty)
        #expect(step(190, connected: false, since: 5) == ["system.broker fails refused"])
        #expect(step(9000, connected: false, since: 5).isEmpty)
        #expect(step(9010, connected: true, since: 9005).isEmpty)
        #expect(step(9070, connected: true, since: 9005) == ["system.broker works "])
        #expect(step(10_804, connected: true, since: 9005).isEmpty)
        #expect(step(10_805, connected: true, since: 9005) == ["system.silent.level fails 30 min"])
    }

    // MARK: - Batteries and clocks

    @Test(
        arguments: [
            (3300, 3400), (4100, 3400), (12_000, 11_800), (24_500, 23_600), (1500, nil),
            (5000, nil),
            (0, nil),
        ] as [(UInt16, Int?)])
    func `what a battery is shows in its voltage`(millivolts: UInt16, low: Int?) {
        #expect(GatewayWatch.lowMillivolts(millivolts) == low)
    }

    @Test func `a weak battery is told of once, however it wavers`() {
        var moments: [(Double, GatewayWatch.Sensor)] = []
        for step in 0..<400 {
            let volts: UInt16 = step < 200 ? (step.isMultiple(of: 2) ? 3390 : 3450) : 3900
            let seconds = Double(step) * 60
            moments.append((seconds, sensor(heard: seconds, battery: volts)))
        }
        #expect(
            told(moments).filter { $0.contains("battery") } == [
                "1800 system.battery.level fails 3390 mV", "13800 system.battery.level works ",
            ])
    }

    @Test func `a limit of the station file goes before what the battery seems to be`() {
        func alarms(_ millivolts: UInt16, low: Int?) -> Int {
            var moments: [(Double, GatewayWatch.Sensor)] = []
            for minute in 0...60 {
                let seconds = Double(minute) * 60
                moments.append((seconds, sensor(heard: seconds, battery: millivolts, low: low)))
            }
            return told(moments).count { $0.contains("battery.level fails") }
        }
        #expect(alarms(12_400, low: 12_500) == 1 && alarms(12_400, low: nil) == 0)
        #expect(alarms(3300, low: 3000) == 0 && alarms(3300, low: nil) == 1)
        #expect(alarms(6000, low: 6100) == 1, "whatever it is")
        #expect(alarms(0, low: 3000) == 0, "a device that says nothing of it")
    }

    @Test func `a clock that is off is told of with its sign`() {
        let moments = stride(from: 0.0, through: 3000, by: 100).map { seconds in
            (seconds, sensor(heard: seconds, offset: seconds < 1500 ? -95_000 : 20_000))
        }
        #expect(
            told(moments).filter { $0.contains("clock") } == [
                "600 system.clock.level fails -95 s", "2100 system.clock.level works ",
            ])
    }

    // MARK: - The gateway's own

    @Test func `a target is told of after ten minutes, and works once it has taken something`() {
        var watch = GatewayWatch()
        var target = TargetStatus(name: "hub")
        func step(_ seconds: Double) -> [String] {
            var present = present(at: seconds)
            present.targets = [target]
            return words(watch.step(present))
        }
        #expect(step(0).isEmpty && step(100).isEmpty, "nobody has tried")
        target.isReachable = false
        target.lastFailure = "connection refused"
        #expect(step(200).isEmpty && step(799).isEmpty)
        #expect(step(800) == ["system.target.hub fails connection refused"])
        target.isReachable = true
        target.lastSuccess = instant(900).utc
        #expect(step(900).isEmpty)
        #expect(step(960) == ["system.target.hub works "])
    }

    @Test func `a disk that fills is told of until there is clearly room`() {
        var watch = GatewayWatch()
        func step(_ seconds: Double, _ megabytes: Int64) -> [String] {
            var present = present(at: seconds)
            present.freeBytes = megabytes * 1_000_000
            return words(watch.step(present))
        }
        #expect(step(0, 199).isEmpty)
        #expect(step(60, 150) == ["system.disk fails 150 MB"])
        #expect(step(120, 210).isEmpty && step(240, 249).isEmpty)
        #expect(step(300, 250).isEmpty)
        #expect(step(360, 250) == ["system.disk works "])
    }

    @Test func `a certificate is told of two weeks before its end, by a clock that is known`() {
        var watch = GatewayWatch()
        func step(_ seconds: Double, days: Double, quality: ClockQuality = .synchronised) -> Int {
            var present = present(at: seconds, quality: quality)
            present.certificates = [
                GatewayWatch.Certificate(
                    name: "mqtt", ends: instant(seconds + days * 86_400).utc)
            ]
            return watch.step(present).count { $0.isFailing }
        }
        #expect(step(0, days: 14.1) == 0)
        #expect(step(1, days: 13.9, quality: .unknown) == 0)
        #expect(step(2, days: 13.9) == 1)
        #expect(step(3, days: 13.9) == 0, "once")
    }

    @Test func `a gateway that has no time says so after half an hour`() {
        var watch = GatewayWatch()
        #expect(watch.step(present(at: 0, quality: .unknown)).isEmpty)
        let told = watch.step(present(at: 1800, quality: .unknown))
        #expect(words(told) == ["system.clock fails "])
        #expect(told.map(\.isTimeUncertain) == [true])
        let known = (0...6).flatMap { watch.step(present(at: 1900 + Double($0) * 10)) }
        #expect(words(known) == [] && known.map(\.isTimeUncertain) == [false])
    }
}
