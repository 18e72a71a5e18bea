import Foundation
package import GatewayModel

/// What `kawamori.yaml` says, read once and never changed.
///
/// It holds the wiring: what is connected and where data goes; and the stations as their files describe
/// them. Of calibrations later versions stand in the database.
package struct GatewayConfiguration: Sendable, Equatable {
    /// The file it was read from.
    package var path: String
    package var gateway: Gateway
    /// The stations of all station files, in the files' order.
    package var stations: [Station]
    package var mqtt: MQTT
    /// Topics beyond `kawamori/v1/<station>/<sensor>/data`, which is always there.
    package var topics: [Topic]
    /// Sensors and relays on the machine's own GPIO lines.
    package var lines: Lines
    package var commit: Commit
    package var time: Time
    package var forward: [ForwardTarget]
    package var notify: [NotifyTarget]
    package var console: Console
    /// Where the devices' keys are.
    package var keys: Keys
    package var retention: Retention
    /// What of the alarms is held back and told again.
    package var alarms = AlarmRules()
    /// What a person should look at; the gateway runs all the same.
    package var warnings: [ConfigurationProblem]
    /// The sensors that people have adopted on the running gateway, among those of `stations`, with
    /// the devices that they were described for.
    var adopted: [SensorID: DeviceID] = [:]
    /// The texts of the files that it was read from, by path.
    var texts: [String: Data] = [:]

    /// Who this gateway is.
    package struct Gateway: Sendable, Equatable {
        /// A slug, unique among all gateways that share a target; it begins every observation key.
        package var id: String
        /// The directory of database and spool, absolute.
        package var statePath = "/var/lib/kawamori"
    }

    /// The broker that sensors publish to.
    package struct MQTT: Sendable, Equatable {
        package var connection: Connection
        /// The greatest silence on the connection, in seconds, from 5.
        package var keepAliveSeconds = 180
        /// Unacknowledged messages that the broker may have under way to us, from 1; equal to
        /// mosquitto's `max_inflight_messages`.
        package var inflightWindow = 20
        /// Longer payloads are refused and counted, in bytes.
        package var greatestMessageByteCount = 4_194_304
    }

    /// How a broker is reached.
    package struct Connection: Sendable, Equatable {
        package var host: String
        package var port: Int
        package var clientID: String
        /// nil connects without a name.
        package var username: String?
        package var password: Secret?
        /// nil connects in clear.
        package var tls: TLS?
    }

    /// The files of a TLS connection, absolute.
    package struct TLS: Sendable, Equatable {
        /// The authorities that may vouch for the broker; nil uses the system's.
        package var authorityPath: String?
        /// Our own certificate; nil presents none.
        package var certificatePath: String?
        /// The key of our own certificate.
        package var keyPath: String?
    }

    /// One topic and the sensor that it speaks for.
    package struct Topic: Sendable, Equatable {
        package var topic: String
        package var sensor: SensorID
        package var format: TopicFormat
        package var fields: TopicFields
    }

    /// How payloads on a topic are read.
    package enum TopicFormat: String, Sendable, CaseIterable {
        /// Told from the payload.
        case automatic = "auto"
        case firmware
        case senMLJSON = "senml-json"
        case json
        case chirpStack = "chirpstack"
        case camera
    }

    /// Where in a JSON payload a field stands, as JSON pointers (RFC 6901); nil where the payload
    /// does not carry it.
    package struct TopicFields: Sendable, Equatable {
        /// The raw value in the sensor's unit.
        package var value: String?
        /// RFC 3339, or seconds since 1970.
        package var time: String?
        package var sequence: String?
        /// The device's boot counter.
        package var boot: String?
        /// The battery in millivolts.
        package var battery: String?
        /// The device's error code; 0 where it measured.
        package var error: String?
        /// The device's own place, in degrees.
        package var latitude: String?
        package var longitude: String?
    }

    /// When rows in memory are made durable.
    package struct Commit: Sendable, Equatable {
        /// The longest a reading waits while a level is reached, in seconds.
        package var floodWindowSeconds = 1.0
        /// The longest a reading waits otherwise, in seconds; below the keep-alive.
        package var calmWindowSeconds = 60.0
    }

    /// Which device times are believed.
    package struct Time: Sendable, Equatable {
        /// Earlier device times are refused. The default is 2020-01-01, before any of these devices.
        package var oldest = UTCInstant(milliseconds: 1_577_836_800_000)
        /// How far a device's time may lie after its receipt, in seconds.
        package var futureToleranceSeconds = 600.0
        /// How long readings wait for the gateway's clock before targets get them as uncertain, in
        /// seconds.
        package var synchronisationWaitSeconds = 300.0
    }

    /// One place that observations and alarms are sent to.
    package struct ForwardTarget: Sendable, Equatable {
        /// A slug; the delivery cursor bears it, so a new name starts from the beginning.
        package var name: String
        package var kind: Kind

        /// What the target speaks.
        package enum Kind: Sendable, Equatable {
            /// Another broker; topics begin with `topicPrefix`.
            case mqtt(Connection, topicPrefix: String)
            /// An HTTP endpoint; requests are signed where there is a secret.
            case webhook(url: String, secret: Secret?)
        }
    }

    /// One way to tell people.
    package struct NotifyTarget: Sendable, Equatable {
        /// A slug; delivery records bear it.
        package var name: String
        package var kind: Kind
        /// 0 is told everything; from 1 on only what was told again so often in vain.
        package var afterReminders: UInt8 = 0

        /// How people are told.
        package enum Kind: Sendable, Equatable {
            /// Mail through the system's sendmail interface.
            case email(from: String, recipients: [String], sendmailPath: String)
        }
    }

    /// The pages and the API.
    package struct Console: Sendable, Equatable {
        /// The address to listen on; loopback by default.
        package var listenAddress = "127.0.0.1"
        /// 0 asks the system for a free port.
        package var port = 8080
        package var language = Language.japanese
    }

    /// The keys that devices sign their frames with.
    package struct Keys: Sendable, Equatable {
        /// A folder of files `<device>.<key number>.key`, absolute; nil where there is none.
        package var folderPath: String?
        /// Keys that lie elsewhere, such as systemd credentials.
        package var files: [File] = []

        /// One key of one device.
        package struct File: Sendable, Equatable {
            package var device: DeviceID
            package var keyID: UInt8
            package var secret: Secret
        }
    }

    /// The language that pages and messages begin with.
    package enum Language: String, Sendable, CaseIterable {
        case japanese = "ja"
        case english = "en"
    }

    /// How much is kept; beyond it the oldest goes first and is counted.
    package struct Retention: Sendable, Equatable {
        /// Raw readings, in days; roll-ups stay.
        package var rawDays = 400
        /// Sums over ten minutes, in days; sums over days stay.
        package var sumDays = 3650
        /// Below this much free space, in megabytes of 10⁶ bytes, the oldest makes room; 0 never.
        package var lowWaterMegabytes = 200
        /// Pictures, in megabytes of 10⁶ bytes.
        package var spoolMegabytes = 512
        /// Refused payloads, in rows.
        package var quarantineRows = 1000
    }
}

extension GatewayConfiguration {
    /// How many sensors people have adopted on the running gateway, for a summary; empty where none
    /// is.
    package var adoptedText: String {
        adopted.isEmpty ? "" : " (\(adopted.count) of them adopted)"
    }

    /// The station of that id.
    package func station(_ id: StationID) -> Station? { stations.first { $0.id == id } }

    /// The sensor of that id.
    package func sensor(_ id: SensorID) -> SensorDescription? {
        station(id.station)?.sensors.first { $0.id == id }
    }
}
