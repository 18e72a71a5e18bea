import GatewayModel
import GatewayPorts
import Testing

@testable import Console

struct StationPresentTests {
    private func present(_ change: (inout LiveSnapshot) -> Void) -> StationPresent {
        var snapshot = Riverside.snapshot()
        change(&snapshot)
        return StationPresent(
            Riverside.flood, in: snapshot, now: Riverside.now,
            configuration: ConsoleConfiguration())
    }

    private func reading(_ observation: Observation, usable: Observation? = nil) -> LiveReading {
        LiveReading(
            observation: observation, trend: .rising, batteryMillivolts: nil, lastUsable: usable)
    }

    @Test(arguments: [(1_800, true), (1_801, false), (0, true), (-600, true)])
    func `three expected intervals are the limit`(secondsAgo: Int64, isCurrent: Bool) {
        let present = present {
            $0.readings[Riverside.sensor(Riverside.flood)] = reading(
                Riverside.observation(1.0, secondsAgo: secondsAgo))
        }
        #expect(present.isCurrent == isCurrent)
        #expect((present.trend == .rising) == isCurrent)
    }

    @Test func `a reading of the future is not the present`() {
        let present = present {
            $0.readings[Riverside.sensor(Riverside.flood)] = reading(
                Riverside.observation(1.0, secondsAgo: -3_600))
        }
        #expect(present.freshness == .undecidable)
        #expect(!present.isCurrent)
    }

    @Test func `a clock set back makes nothing young again`() {
        var observation = Riverside.observation(1.0, secondsAgo: 7_200)
        observation.time = Riverside.now.utc
        let present = present {
            $0.readings[Riverside.sensor(Riverside.flood)] = reading(observation)
        }
        #expect(present.freshness == .stale(ageSeconds: 7_200))
    }

    @Test(arguments: [QualityFlag.fail, .missing])
    func `a worthless reading shows the last usable one`(flag: QualityFlag) {
        let usable = Riverside.observation(2.0, secondsAgo: 700)
        let present = present {
            $0.readings[Riverside.sensor(Riverside.flood)] = reading(
                Riverside.observation(flag == .fail ? 9.9 : nil, secondsAgo: 60, flag: flag),
                usable: usable)
        }
        #expect(present.shown == usable)
        #expect(present.reached == .evacuationJudgement)
        #expect(!present.isCurrent)
        #expect(present.trend == .unknown)
    }

    @Test func `an open alarm above the stage is held`() {
        let present = present {
            $0.alarms = [Riverside.alarm(Riverside.flood, .danger, .acknowledged)]
        }
        #expect(present.reached == .caution)
        #expect(present.held == .danger)
    }

    @Test func `a pending alarm is unconfirmed and holds nothing`() {
        let present = present {
            $0.alarms = [Riverside.alarm(Riverside.flood, .danger, .pending)]
        }
        #expect(present.held == nil)
        #expect(present.unconfirmed == .danger)
    }
}
