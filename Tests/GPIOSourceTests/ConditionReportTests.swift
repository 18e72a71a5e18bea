import GatewayModel
import Testing

@testable import GPIOSource

@Suite struct ConditionReportTests {
    private let now = GatewayInstant(
        monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 1000), quality: .synchronised)

    private func report() throws -> ConditionReport {
        let station = try #require(StationID("pole-1"))
        return ConditionReport(
            subject: AlarmSubject(station: station, rule: "system.line.rain-1"))
    }

    @Test func `nothing is told before something is known`() throws {
        #expect(try report().pending == nil)
    }

    @Test func `that all is well is told once, for an earlier run may have left an alarm`() throws {
        var report = try report()
        report.set(isFailing: false, detail: "well", at: now)
        #expect(report.pending?.isFailing == false)
        report.wasTold()
        report.set(isFailing: false, detail: "still well", at: now)
        #expect(report.pending == nil)
    }

    @Test func `each change is told until it was taken, and what was over by then is not`() throws {
        var report = try report()
        report.set(isFailing: false, detail: "well", at: now)
        report.wasTold()
        report.set(isFailing: true, detail: "broken", at: now)
        #expect(report.pending?.detail == "broken")
        #expect(report.pending?.isFailing == true)
        report.set(isFailing: false, detail: "well again", at: now)
        #expect(report.pending == nil)
        report.set(isFailing: true, detail: "broken again", at: now)
        report.wasTold()
        report.set(isFailing: false, detail: "well again", at: now)
        #expect(report.pending?.isFailing == false)
    }
}
