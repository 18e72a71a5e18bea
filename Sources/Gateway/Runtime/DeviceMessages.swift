import GatewayModel
import GatewayPorts
import MQTTSource
import WireFormats

/// What the gateway says to devices, in frames of the firmware protocol.
struct DeviceMessages: Sendable {
    /// Hands a payload for a topic to the broker; gives back whether it went there.
    let publish: @Sendable (_ payload: [UInt8], _ topic: String) -> Bool
    let keys: DeviceKeys
    let clock: any GatewayClock

    /// Tells devices what is on disk, as few frames as possible; called after the commit.
    ///
    /// - Returns: how many readings that wanted it were acknowledged; the broker may be away, and
    ///   then the devices send again and are acknowledged then.
    func acknowledge(_ receipts: [BootReceipt]) -> Int {
        var count = 0
        for receipt in receipts {
            let wanted = receipt.readings.count { $0.wantsAcknowledgement }
            guard wanted > 0 else { continue }
            let signer = keys.signer(for: receipt.key.device, lastUsed: receipt.lastKeyID)
            switch receipt.way {
            case .heldBack: continue
            case .downlink(let path):
                let answer = Self.downlink(of: receipt, by: path, signer: signer)
                if publish(answer.frame, to: receipt.key.device, by: path) {
                    count += answer.namedCount
                }
                continue
            case .topic: break
            }
            let topic = TopicMap.acknowledgementTopic(of: receipt.key.sensor)
            var isWhole = true
            for frame in Self.frames(of: receipt) {
                isWhole = publish(frame.encode(signer: signer), topic) && isWhole
            }
            if isWhole { count += wanted }
        }
        return count
    }

    /// The acknowledgement of one boot's readings.
    ///
    /// Where nothing before the track's floor is to come, it speaks of the whole boot: a device that
    /// missed every frame before this one knows all from it. Else it speaks of what lies from the
    /// lowest of these readings on. Of a boot whose numbers came twice it names these readings only.
    static func frames(of receipt: BootReceipt) -> [AcknowledgementFrame] {
        let sequences = receipt.readings.filter(\.wantsAcknowledgement).map(\.sequence)
        let named = AcknowledgementFrame.frames(
            acknowledging: sequences, deviceID: receipt.key.device.number,
            bootCounter: receipt.key.bootCounter)
        guard let track = receipt.track, track.isFloorSettled, !track.isContested else {
            return named
        }
        let hole = track.missing.first?.first ?? track.next
        // It names what was just stored, though "everything before" would do: a person who looks at
        // the bytes sees the answer to what was sent.
        let depth = sequences.map { Int32(bitPattern: hole &- $0) }.max() ?? 0
        let first = hole &- UInt32(max(0, depth))
        var frame = AcknowledgementFrame(
            deviceID: receipt.key.device.number, bootCounter: receipt.key.bootCounter,
            firstSequence: first, isCumulative: true, asksAgain: receipt.asksAgain,
            runs: runs(of: track, from: first))
        frame.asksAgain = frame.asksAgain && frame.runs.contains { $0.missingCount > 0 }
        let isComplete = sequences.allSatisfy { frame.verdict(on: $0) == .stored }
        // A hole too long for a frame cuts it off; what was just stored is named all the same.
        return isComplete ? [frame] : [frame] + named
    }

    /// What is on disk from `first` on, then a hole, and so on. What 16 bits cannot say cuts the list
    /// off: a frame that says less is true, too.
    private static func runs(
        of track: SequenceTrack, from first: UInt32
    ) -> [AcknowledgementFrame.Run] {
        let limit = UInt32(UInt16.max)
        var runs: [AcknowledgementFrame.Run] = []
        var place = first
        for hole in track.missing {
            let stored = hole.first &- place
            if stored == 0, let last = runs.last {
                // Two holes side by side are one.
                let count = UInt32(last.missingCount) + hole.count
                guard count <= limit else { return runs }
                runs[runs.count - 1].missingCount = UInt16(count)
                place = hole.first &+ hole.count
                continue
            }
            if stored > limit || hole.count > limit {
                if stored > 0 {
                    runs.append(AcknowledgementFrame.Run(storedCount: UInt16(clamping: stored)))
                }
                return runs
            }
            runs.append(
                AcknowledgementFrame.Run(
                    storedCount: UInt16(stored), missingCount: UInt16(hole.count)))
            place = hole.first &+ hole.count
        }
        let stored = track.next &- place
        if stored > 0 {
            runs.append(AcknowledgementFrame.Run(storedCount: UInt16(clamping: stored)))
        }
        return runs
    }

    /// Sends a command.
    ///
    /// - Returns: whether it went to the broker.
    func send(_ due: DueCommand) -> Bool {
        let command = due.command
        let order: CommandFrame.Order =
            switch command.order {
            case .interval(let calm, let flood):
                .interval(calmSeconds: calm, floodSeconds: flood)
            case .mode(let isFlood, let seconds): .mode(isFlood: isFlood, holdSeconds: seconds)
            case .measureNow: .measure
            case .reboot: .reboot
            case .identify(let seconds): .identify(seconds: seconds)
            }
        // Many a device does not know the time, and would have to refuse what expires: the gateway's own
        // orders hold until a newer one comes.
        let expires =
            command.author == ModeKeeping.author
            ? 0 : UInt32(clamping: command.expires.milliseconds / 1000)
        let frame = CommandFrame(
            deviceID: command.device.number, counter: command.counter, expiresSeconds: expires,
            order: order)
        guard let path = due.downlink else {
            return publish(frame, to: due.sensor, lastKeyID: due.lastKeyID)
        }
        let signer = keys.signer(for: command.device, lastUsed: due.lastKeyID)
        return publish(frame.encode(signer: signer), to: command.device, by: path)
    }

    private func publish(_ frame: [UInt8], to device: DeviceID, by path: DownlinkPath) -> Bool {
        publish(ChirpStackDownlink.encode(frame, to: device.number, port: path.port), path.topic)
    }

    /// Answers a device that asks for the time; the echo proves to it that the answer is new.
    ///
    /// - Returns: whether it went to the broker.
    func answer(_ question: TimeQuestion) -> Bool {
        let now = clock.now()
        // A clock that nobody has confirmed is no better than none.
        guard now.quality != .unknown else { return false }
        let frame = CommandFrame(
            deviceID: question.device.number, counter: 0,
            expiresSeconds: CommandFrame.neverExpires,
            order: .time(
                unixSeconds: UInt32(clamping: now.utc.milliseconds / 1000),
                echoedUptimeSeconds: question.report.uptimeSeconds,
                echoedBootCounter: question.report.bootCounter))
        return publish(frame, to: question.sensor, lastKeyID: question.lastKeyID)
    }

    private func publish(_ frame: CommandFrame, to sensor: SensorID, lastKeyID: UInt8?) -> Bool {
        let signer = keys.signer(for: DeviceID(frame.deviceID), lastUsed: lastKeyID)
        return publish(frame.encode(signer: signer), TopicMap.commandTopic(of: sensor))
    }
}
