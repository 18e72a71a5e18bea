import GatewayModel
import Testing

@testable import Alerting

@Suite struct MeasureNowTests {
    private func moment(_ seconds: Double) -> SteadyInstant {
        SteadyInstant(milliseconds: Int64(seconds * 1000))
    }

    /// Whether a reading answers that came at a time and was that old then, in seconds.
    private func isAnswered(_ asking: MeasureNow, at seconds: Double, age: Double = 0) -> Bool {
        asking.isAnswered(
            by: ReadingPlace(
                own: moment(seconds - age), sure: moment(seconds), earliest: moment(seconds - age),
                latest: moment(seconds)))
    }

    @Test func `a sensor is asked once a minute at the most`() {
        var asking = MeasureNow()
        let wishes = [0, 1, 59.999, 60, 60.001, 119.999, 120].map { asking.wish(at: moment($0)) }
        #expect(wishes == [true, false, false, true, false, false, true])
    }

    @Test func `an answer comes after the asking, and soon`() {
        var asking = MeasureNow()
        #expect(!isAnswered(asking, at: 5), "nobody has asked")
        asking.didAsk(at: moment(10))
        #expect(!isAnswered(asking, at: 10))
        #expect(isAnswered(asking, at: 10.001))
        #expect(isAnswered(asking, at: 130))
        #expect(!isAnswered(asking, at: 130.001), "it would have come anyway")
    }

    @Test func `what was measured before the asking is no answer, whenever it comes`() {
        var asking = MeasureNow()
        asking.didAsk(at: moment(100))
        #expect(!isAnswered(asking, at: 103, age: 5.001))
        #expect(isAnswered(asking, at: 103, age: 5), "devices tell whole seconds")
        #expect(!isAnswered(asking, at: 110, age: 3600))
    }

    @Test func `a device that is told again may answer either asking`() {
        var asking = MeasureNow()
        asking.didAsk(at: moment(0))
        asking.didAsk(at: moment(100))
        #expect(isAnswered(asking, at: 101, age: 90))
        #expect(isAnswered(asking, at: 220))
        asking.didAsk(at: moment(221))
        #expect(!isAnswered(asking, at: 222, age: 10), "that asking is long over")
        #expect(isAnswered(asking, at: 222))
    }
}
