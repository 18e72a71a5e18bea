import GatewayModel
import GatewayPorts
import NIOSSL

extension GatewayAssembly {
    /// What looks at what could make the gateway blind or mute; nil in a demo, whose clock is none, and
    /// where there is no station whose matter it could be.
    static func makeWatch(
        _ runtime: GatewayRuntime, desk: DeviceDesk
    ) -> ((GatewayInstant) -> [SystemCondition])? {
        let configuration = runtime.configuration
        guard !runtime.options.isSimulated, let home = configuration.stations.first?.id else {
            return nil
        }
        let board = runtime.board
        let started = runtime.options.clock.now().steady
        let mark = Int64(configuration.retention.lowWaterMegabytes) * 1_000_000
        var watch = GatewayWatch()
        var certificates: [GatewayWatch.Certificate] = []
        var certificatesRead: SteadyInstant?
        return { now in
            if certificatesRead.map({ now.steady.seconds(since: $0) >= 3600 }) ?? true {
                certificatesRead = now.steady
                certificates = Self.certificates(of: configuration)
            }
            let live = board.snapshot
            var present = GatewayWatch.Present(now: now, started: started, home: home)
            present.sensors = Self.watched(live, signs: desk.signs)
            present.broker = live.sources.first { $0.name == "mqtt" }
            present.targets = live.targets
            present.freeBytes = live.store.figures.freeBytes
            if mark > 0 { present.lowWaterBytes = mark }
            present.certificates = certificates
            return watch.step(present)
        }
    }

    /// What is left of drills.
    static func makeDrills(
        _ runtime: GatewayRuntime, _ opened: OpenedStore
    ) throws(AdapterFailure) -> Drills {
        Drills(
            restoring: try opened.store.alarmStates(), rules: runtime.configuration.alarms)
    }

    private static func watched(
        _ live: LiveSnapshot, signs: [SensorID: DeviceSigns]
    ) -> [GatewayWatch.Sensor] {
        let flooded = Set(
            live.alarms.filter { $0.isOpen && $0.subject.level != nil }.map(\.subject.station))
        return live.stations.flatMap(\.sensors).filter { !$0.kind.isCamera }.map { sensor in
            let reading = live.readings[sensor.id]
            let sign = signs[sensor.id]
            return GatewayWatch.Sensor(
                id: sensor.id, intervalSeconds: sensor.expectedIntervalSeconds,
                speaksWithinSeconds: sign?.speaksWithinSeconds,
                isFlood: flooded.contains(sensor.id.station),
                heard: reading?.observation.received.steady,
                batteryMillivolts: reading?.batteryMillivolts,
                batteryLowMillivolts: sensor.batteryLowVolts.map { Int(($0 * 1000).rounded()) },
                clockOffsetMilliseconds: sign?.clockOffsetMilliseconds)
        }
    }

    /// The certificates that the configuration names. A file that cannot be read is told of by whoever
    /// needs it.
    private static func certificates(
        of configuration: GatewayConfiguration
    ) -> [GatewayWatch.Certificate] {
        configuration.secured.compactMap { name, tls in
            let ends = [
                tls.authorityPath.flatMap(end(ofAuthoritiesAt:)),
                tls.certificatePath.flatMap(end(ofOwnCertificateAt:)),
            ]
            return ends.compactMap(\.self).min().map {
                GatewayWatch.Certificate(name: name, ends: $0)
            }
        }
    }

    /// The end of the last authority in a PEM file; nil where it cannot be read.
    ///
    /// Bundles hold authorities that ended long ago. Which of them vouches for the other side nobody
    /// knows here; only once all have ended, none does.
    static func end(ofAuthoritiesAt path: String) -> UTCInstant? { ends(at: path).max() }

    /// The end of our own certificate, the first in its PEM file; behind it stand those that vouch for
    /// it. Nil where it cannot be read.
    static func end(ofOwnCertificateAt path: String) -> UTCInstant? { ends(at: path).first }

    private static func ends(at path: String) -> [UTCInstant] {
        let certificates = (try? NIOSSLCertificate.fromPEMFile(path)) ?? []
        return certificates.map { UTCInstant(milliseconds: Int64($0.notValidAfter) * 1000) }
    }
}

extension GatewayConfiguration {
    /// The connections whose certificates lie in files: that of the sensors' broker as `mqtt`, those of
    /// targets by their names. Webhooks go by the system's authorities; the console has no certificate.
    var secured: [(name: String, tls: TLS)] {
        var connections = [("mqtt", mqtt.connection.tls)]
        for target in forward {
            if case .mqtt(let connection, _) = target.kind {
                connections.append((target.name, connection.tls))
            }
        }
        return connections.compactMap { name, tls in tls.map { (name, $0) } }
    }
}
