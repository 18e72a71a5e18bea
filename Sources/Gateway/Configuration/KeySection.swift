import GatewayModel

/// The `keys:` section: where the devices' keys are. The keys themselves never stand in YAML.
enum KeySection {
    static func read(
        _ value: YAMLValue?, paths: ConfigurationPaths
    ) -> GatewayConfiguration.Keys {
        var keys = GatewayConfiguration.Keys()
        guard let section = value?.mapping(keys: ["folder", "devices"]) else { return keys }
        if let folder = section["folder"]?.line() { keys.folderPath = paths.absolute(folder) }
        var lines: [String: Int] = [:]
        var counts: [DeviceID: Int] = [:]
        for entry in section["devices"]?.list() ?? [] {
            guard let file = file(entry, paths: paths) else { continue }
            let name = "\(file.device) \(file.keyID)"
            if let line = lines[name] {
                entry.error(
                    "key \(file.keyID) of device \(file.device) is given on line \(line)"
                        + " already; keep one")
                continue
            }
            lines[name] = entry.place.line
            counts[file.device, default: 0] += 1
            guard counts[file.device, default: 0] <= KeyFile.keysPerDevice else {
                entry.error(
                    "device \(file.device) has more than \(KeyFile.keysPerDevice) keys; remove"
                        + " the one that it no longer signs with")
                continue
            }
            keys.files.append(file)
        }
        return keys
    }

    private static func file(
        _ value: YAMLValue, paths: ConfigurationPaths
    ) -> GatewayConfiguration.Keys.File? {
        guard
            let section = YAMLValue(reader: value.reader, node: value.node, name: "a key")
                .mapping(keys: ["device", "key_id", "key_file"])
        else { return nil }
        let device = section.required("device", example: "70b3d57ed0001234")?.deviceID()
        let keyID = section.required("key_id", example: "1")?.integer(in: 1...255)
        let entry = section.required("key_file", example: "/etc/kawamori/keys/pole-1.key")
        guard let device, let keyID, let secret = paths.secret(entry) else { return nil }
        return GatewayConfiguration.Keys.File(
            device: device, keyID: UInt8(keyID), secret: secret)
    }
}

extension YAMLValue {
    /// The number of a firmware device.
    func deviceID() -> DeviceID? {
        guard let text = line() else { return nil }
        guard let device = DeviceID(text) else {
            error(
                "`\(text)` is no device id; write its sixteen hexadecimal digits, such as"
                    + " `70b3d57ed0001234`")
            return nil
        }
        return device
    }
}
