import GatewayModel
import GatewayPorts

extension Pipeline {
    /// A pipeline that judges a past that is over: a file's, or the store's.
    ///
    /// - Parameters:
    ///   - station: the station whose sensors' readings come.
    ///   - channels: where they come.
    ///   - calibrations: the versions of calibrations; a sensor that is missing has the one of its
    ///     description.
    init(
        past station: Station, channels: [SensorID: ChannelIndex],
        calibrations: [SensorID: CalibrationHistory] = [:]
    ) {
        var start = Start(
            stations: [station], channels: channels,
            oldestPlausible: UTCInstant(milliseconds: .min), futureToleranceSeconds: 0)
        start.calibrations = calibrations
        self.init(start)
    }

    /// Takes a reading of the past; nothing is stored, and what it brings about is given back.
    ///
    /// Its time stands for the receipt: the past has no other that is its own.
    ///
    /// - Parameters:
    ///   - rawValue: as the sensor gave it; NaN where it gave none.
    ///   - channel: whose it is.
    ///   - time: when.
    ///   - errorCode: what the sensor said of its failure.
    ///   - burst: what the value was taken of.
    ///   - marks: what else is known of it.
    /// - Returns: the observation, where one was made, and the steps of alarms.
    mutating func takePast(
        _ rawValue: Double, of channel: ChannelIndex, at time: UTCInstant,
        errorCode: UInt16 = 0, burst: BurstStatistics? = nil, marks: SampleMarks
    ) -> StoreBatch {
        let (nanoseconds, overflow) = time.milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let sample = Sample(
            channel: channel, rawValue: rawValue,
            received: GatewayInstant(
                monotonicNanoseconds: overflow ? 0 : nanoseconds, utc: time,
                quality: .synchronised),
            errorCode: errorCode, burst: burst, marks: marks)
        do {
            try take(sample, past: .none)
        } catch {
            preconditionFailure("the past has no store that could fail: \(error)")
        }
        defer {
            _ = didCommit()
            _ = takeNews()
        }
        return output.batch
    }
}
