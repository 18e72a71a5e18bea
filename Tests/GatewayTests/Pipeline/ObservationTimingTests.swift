import GatewayModel
import Testing

@testable import Gateway

@Suite struct ObservationTimingTests {
    private let timing = ObservationTiming(
        oldestPlausible: instant(-1000).utc, futureToleranceSeconds: 300)

    @Test(arguments: [
        (nil, ClockQuality.synchronised, nil), (-1000.0, .synchronised, nil),
        (-1000.001, .synchronised, RejectionReason.deviceTimeBeforeFloor),
        (0, .synchronised, nil), (300, .synchronised, nil),
        (300.001, .synchronised, .deviceTimeInFuture), (300.001, .provisional, .deviceTimeInFuture),
        (300.001, .simulated, .deviceTimeInFuture),
        // A gateway that does not know the time believes a device that is ahead of it.
        (1e6, .unknown, nil), (-1000.001, .unknown, .deviceTimeBeforeFloor),
    ])
    func `the device's time counts where it can be believed`(
        deviceSeconds: Double?, quality: ClockQuality, reason: RejectionReason?
    ) {
        let sample = stage(1, deviceSeconds: deviceSeconds, quality: quality)
        let receipt = instant().utc
        if let reason {
            #expect(timing.judge(sample) == .refused(receipt, reason))
        } else {
            #expect(timing.judge(sample) == .accepted(instant(deviceSeconds ?? 0).utc))
        }
    }
}
