import GatewayModel
import GatewayPorts

/// What the runner does while nothing can be stored, and so that there stays room to store.
extension PipelineRunner {
    /// Raises the system alarm of the outage, or ends it.
    func tellOfOutage(at now: GatewayInstant) {
        parts.storeIsDown(outage.isDown)
        guard let station = pipeline.stations.first?.id else { return }
        pipeline.take(.condition(outage.condition(of: station, at: now)))
    }

    /// Hands over what people must learn and the store has not got; nothing while it works.
    func tellUnstored() {
        guard outage.isDown else { return }
        pipeline.add { outage.bound(&$0) }
        parts.ends.tell(
            unstored: outage.untold(
                of: pipeline.output.batch, isSimulated: pipeline.isSimulated))
        let lostCount = outage.droppedCount + parts.lanes.reduce(0) { $0 + $1.unkeptCount }
        let noticeCount = parts.ends.unstored.count
        parts.board.update { live in
            live.store.unstoredNoticeCount = noticeCount
            live.store.lostCount = lostCount
        }
    }

    /// Removes some slices before the next try on a full disk; the rest follows when it works.
    func makeRoomAtOnce() throws(AdapterFailure) {
        for _ in 0..<8 where try !makeRoom() { return }
    }

    /// Removes a slice of the oldest where the disk is nearly full.
    ///
    /// - Returns: whether more has to go.
    func makeRoom() throws(AdapterFailure) -> Bool {
        guard let room = parts.room else { return false }
        let (hasMore, losses) = try room.step(
            parts.store, now: parts.clock.now().utc,
            forwarded: parts.progress.forwardedRow(targets: parts.targetNames))
        for loss in losses { pipeline.take(.loss(loss)) }
        return hasMore
    }

    /// What waits, once the loop has ended.
    func carriedOver(
        channels: [SensorID: ChannelIndex], lineSensors: Set<SensorID>
    ) -> CarriedOver {
        let now = parts.clock.now().utc
        return CarriedOver(
            pipeline.output.batch, channels: channels, lineSensors: lineSensors,
            newest: pipeline.newestLevels,
            losses: ([outage.loss(until: now)] + parts.lanes.map(\.unkeptLoss)).compactMap(\.self))
    }
}
