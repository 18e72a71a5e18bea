package import GatewayModel

/// What a commit changes of the register of devices; the newest row of each wins.
package struct DeviceRows: Sendable, Equatable {
    package var records: [DeviceID: DeviceRecord] = [:]
    package var commands: [String: DeviceCommand] = [:]
    /// Devices that had to make room: their rows and commands go.
    package var forgotten: Set<DeviceID> = []

    package init() {}

    package var isEmpty: Bool { records.isEmpty && commands.isEmpty && forgotten.isEmpty }

    /// How many rows it changes.
    package var count: Int { records.count + commands.count + forgotten.count }

    /// Takes newer rows in.
    package mutating func add(
        records newer: [DeviceRecord], commands: [DeviceCommand], forgotten: [DeviceID]
    ) {
        for id in forgotten {
            records[id] = nil
            self.commands = self.commands.filter { $0.value.device != id }
            self.forgotten.insert(id)
        }
        for record in newer {
            records[record.id] = record
            self.forgotten.remove(record.id)
        }
        for command in commands { self.commands[command.id] = command }
    }
}
