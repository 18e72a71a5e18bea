package import GPIO
package import GatewayModel
package import LineSensing

/// Which sensors hang on the machine's lines, and how patient the session is with them.
package struct GPIOSettings: Sendable {
    package var inputs: [GPIOInput]
    /// Stands in every reading's identity where a device has its boot counter; drawn at random by
    /// the gateway at each start. Line readings never come twice, and none of an earlier run may
    /// look like one of this.
    package var runNumber: UInt32
    /// How long a line is missing before people are told; and how long it must then be held before
    /// they are told that it is back.
    package var alarmAfterSeconds: Double
    /// The wait before a missing line is asked for again; it doubles up to `longestRetrySeconds`.
    package var shortestRetrySeconds: Double
    package var longestRetrySeconds: Double
    /// The shortest time between two loss records of one line; what is lost in between is added up.
    package var lossIntervalSeconds: Double

    package init(
        inputs: [GPIOInput], runNumber: UInt32, alarmAfterSeconds: Double = 10,
        shortestRetrySeconds: Double = 1, longestRetrySeconds: Double = 30,
        lossIntervalSeconds: Double = 10
    ) {
        precondition(
            shortestRetrySeconds > 0 && shortestRetrySeconds <= longestRetrySeconds,
            "the shortest wait before a retry is not above the longest")
        self.inputs = inputs
        self.runNumber = runNumber
        self.alarmAfterSeconds = alarmAfterSeconds
        self.shortestRetrySeconds = shortestRetrySeconds
        self.longestRetrySeconds = longestRetrySeconds
        self.lossIntervalSeconds = lossIntervalSeconds
    }
}

/// One sensor on a line.
package struct GPIOInput: Sendable {
    package var sensor: SensorID
    package var channel: ChannelIndex
    package var address: LineAddress
    package var line: GPIOInputSettings
    /// What is made of its edges, at its beginning.
    package var stage: any LineStage
    /// The output that makes the sensor measure; nil where it acts of its own accord.
    package var trigger: GPIOTrigger?

    package init(
        sensor: SensorID, channel: ChannelIndex, address: LineAddress,
        line: GPIOInputSettings = GPIOInputSettings(), stage: any LineStage,
        trigger: GPIOTrigger? = nil
    ) {
        self.sensor = sensor
        self.channel = channel
        self.address = address
        self.line = line
        self.stage = stage
        self.trigger = trigger
    }
}

/// The output that makes a sensor measure.
package struct GPIOTrigger: Sendable {
    package var address: LineAddress
    package var line: GPIOOutputSettings
    /// The length of the pulse: 1 to 10 000 µs; the common ultrasonic rangers ask for 10 or more.
    package var pulseMicroseconds: UInt32

    package init(
        address: LineAddress, line: GPIOOutputSettings = GPIOOutputSettings(),
        pulseMicroseconds: UInt32 = 12
    ) {
        precondition(
            GPIOOutputLine.pulseMicroseconds.contains(pulseMicroseconds),
            "a trigger pulse lasts 1 µs to 10 ms")
        self.address = address
        self.line = line
        self.pulseMicroseconds = pulseMicroseconds
    }
}
