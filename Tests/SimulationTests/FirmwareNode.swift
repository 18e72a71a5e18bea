import CSensorFirmware
import GatewayModel

/// One reading as the firmware made it.
struct MadeReading: Hashable {
    var sensor: String
    var bootCounter: UInt32
    var sequence: UInt32
    var value: Int32
}

/// The reference firmware on a simulated board: flash in memory, the river instead of a transducer,
/// the simulated broker instead of a radio.
final class FirmwareNode {
    private static let blockSize = Int(BOARD_BLOCK_SIZE)
    private static let recordSize = 32

    let sensor: String
    let station: String
    let name: String
    private let device: UInt64
    private let core = UnsafeMutablePointer<CSensorFirmware.sensor>.allocate(capacity: 1)
    private let board = UnsafeMutablePointer<sensor_board>.allocate(capacity: 1)
    private let broker: SimulatedBroker
    private let clock: VirtualClock
    private let value: (Int64) -> Int32
    private var chance: Chance
    private var flash: [UInt8]
    private var bootMilliseconds: Int64 = 0
    private var isConnected = false
    /// Frames after which the link fails in this contact.
    private var framesLeft = 0

    /// Everything that the firmware has ever measured, and what it let go of because the gateway
    /// said that it is on disk.
    private(set) var made: [MadeReading: Int64] = [:]
    private(set) var released: [MadeReading: Int64] = [:]

    /// - Parameters:
    ///   - name: `station.sensor`.
    ///   - device: its id.
    ///   - broker: where it publishes.
    ///   - clock: the world's time.
    ///   - seed: its own chance.
    ///   - value: what it measures at a time of the world, in millimetres.
    init(
        name: String, device: UInt64, broker: SimulatedBroker, clock: VirtualClock, seed: UInt64,
        value: @escaping (Int64) -> Int32
    ) {
        let parts = name.split(separator: ".").map(String.init)
        (station, sensor, self.name) = (parts[0], parts[1], name)
        self.device = device
        self.broker = broker
        self.clock = clock
        self.value = value
        chance = Chance(seed: seed)
        flash = Array(repeating: 0xFF, count: 16 * Self.blockSize)
        board.initialize(to: sensor_board())
        core.initialize(to: CSensorFirmware.sensor())
        board.pointee.context = Unmanaged.passUnretained(self).toOpaque()
        board.pointee.block_count = 16
        board.pointee.uptime = { FirmwareNode.of($0).uptime }
        board.pointee.random = { UInt32(truncatingIfNeeded: FirmwareNode.of($0).chance.next()) }
        board.pointee.measure = { FirmwareNode.of($0).measure(into: $1) }
        board.pointee.battery_millivolts = { _ in 3700 }
        board.pointee.signal_dbm = { _ in -67 }
        board.pointee.flash_read = { FirmwareNode.of($0).read(at: $1, into: $2, count: $3) }
        board.pointee.flash_write = { FirmwareNode.of($0).write(at: $1, $2, count: $3) }
        board.pointee.flash_erase = { FirmwareNode.of($0).erase(block: $1) }
        board.pointee.publish = {
            FirmwareNode.of($0).publish(channel: $1, $2, count: $3, isRetained: $4 != 0) ? 1 : 0
        }
        board.pointee.identify = { _, _ in }
        board.pointee.reboot = { _ in }
        boot()
    }

    deinit {
        core.deallocate()
        board.deallocate()
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> FirmwareNode {
        guard let context else { preconditionFailure("the board lost its context") }
        return Unmanaged<FirmwareNode>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: - Life

    /// Starts the firmware, as after a cut of its own battery.
    func boot() {
        bootMilliseconds = clock.milliseconds
        var configuration = sensor_configuration()
        configuration.device_id = device
        configuration.calm_interval = 60
        configuration.flood_interval = 50
        configuration.answer_limit = 30
        configuration.unit = 1
        configuration.wants_time = 1
        sensor_start(core, board, &configuration)
    }

    /// When it wakes up next, in the world's milliseconds.
    var wakesAtMilliseconds: Int64 {
        bootMilliseconds + Int64(sensor_next_wake(core)) * 1000
    }

    /// Whether it has ever been told to measure as in a flood, and whether it does now.
    private(set) var hasHeardOfFlood = false
    var isInFloodMode: Bool { core.pointee.settings.is_flood != 0 }

    var heldCount: Int { Int(sensor_held(core)) }
    var lostCount: Int { Int(core.pointee.settings.lost) }

    /// Wakes up, measures, and where the link lets it, listens and sends.
    ///
    /// - Parameters:
    ///   - measures: whether it takes a new reading.
    ///   - hasLink: whether the broker can be reached from here.
    ///   - framesBeforeFailure: how many frames the link carries before it fails.
    func wake(measures: Bool, hasLink: Bool, framesBeforeFailure: Int = .max) {
        if measures {
            let boot = core.pointee.settings.boot_counter
            let sequence = core.pointee.next_sequence
            sensor_measure(core)
            made[
                MadeReading(
                    sensor: name, bootCounter: boot, sequence: sequence, value: lastValue)] =
                clock.milliseconds
        }
        guard hasLink, let hasSession = broker.connect(name) else { return }
        isConnected = true
        framesLeft = framesBeforeFailure
        sensor_connected(core, hasSession ? 1 : 0)
        while let message = broker.next(for: name) {
            let channel = message.topic.hasSuffix("/ack") ? BOARD_ACK : BOARD_COMMAND
            message.payload.withUnsafeBufferPointer {
                sensor_receive(core, channel, $0.baseAddress, $0.count)
            }
            broker.acknowledge(1, by: name)
            hasHeardOfFlood = hasHeardOfFlood || isInFloodMode
        }
        _ = sensor_send(core)
        sensor_sleep(core)
        isConnected = false
    }

    // MARK: - The board

    private var lastValue: Int32 = 0

    private var uptime: UInt32 { UInt32((clock.milliseconds - bootMilliseconds) / 1000) }

    private func measure(into reading: UnsafeMutablePointer<kawamori_reading>?) {
        lastValue = value(clock.milliseconds)
        reading?.pointee.value = lastValue
        reading?.pointee.ping_count = 20
        reading?.pointee.valid_count = 20
        reading?.pointee.spread = 2
    }

    private func read(at offset: UInt32, into bytes: UnsafeMutablePointer<UInt8>?, count: UInt32) {
        flash.withUnsafeBufferPointer { flash in
            guard let start = flash.baseAddress else { return }
            bytes?.update(from: start + Int(offset), count: Int(count))
        }
    }

    private func write(at offset: UInt32, _ bytes: UnsafePointer<UInt8>?, count: UInt32) {
        for index in 0..<Int(count) { flash[Int(offset) + index] &= bytes?[index] ?? 0xFF }
        // One byte at the start of a record, half its bits gone: the reading is let go.
        if count == 1, bytes?[0] == 0x3F {
            released[record(at: Int(offset))] = clock.milliseconds
        }
    }

    private func record(at offset: Int) -> MadeReading {
        func word(_ place: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(flash[offset + place + $1]) << (8 * UInt32($1)) }
        }
        return MadeReading(
            sensor: name, bootCounter: word(8), sequence: word(12),
            value: Int32(bitPattern: word(20)))
    }

    private func erase(block: UInt32) {
        let start = Int(block) * Self.blockSize
        for index in start..<start + Self.blockSize { flash[index] = 0xFF }
    }

    private func publish(
        channel: board_channel, _ bytes: UnsafePointer<UInt8>?, count: Int, isRetained: Bool
    ) -> Bool {
        guard isConnected, framesLeft > 0 else { return false }
        framesLeft -= 1
        let last =
            switch channel {
            case BOARD_DATA: "data"
            case BOARD_REPLY: "reply"
            default: "status"
            }
        return broker.publish(
            Array(UnsafeBufferPointer(start: bytes, count: count)),
            to: "kawamori/v1/\(station)/\(sensor)/\(last)", isRetained: isRetained)
    }
}
