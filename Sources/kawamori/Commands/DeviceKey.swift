import ArgumentParser
import Gateway
import GatewayModel

/// `kawamori device key`: the keys that devices sign with.
struct DeviceKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make keys that devices sign their frames with.",
        discussion: "Example: kawamori device key new 70b3d57ed0001234",
        subcommands: [DeviceKeyNew.self])
}

/// `kawamori device key new`.
struct DeviceKeyNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a key for a device and print it once.",
        discussion: """
            From the moment on that the running gateway sees the key, within ten seconds, it refuses \
            frames of the device that are not signed. To change a key, make a new one, give it to the \
            device, and remove the old file: a device has two keys at most.

            Example: kawamori device key new 70b3d57ed0001234 --config /etc/kawamori/kawamori.yaml
            """)

    @Argument(help: "The device's sixteen hexadecimal digits.")
    var device: DeviceID

    @OptionGroup var options: DeviceOptions

    func run() throws {
        let configuration = try Configuration.load(options.config)
        guard let folder = configuration.keys.folderPath else {
            throw Exit.failure(
                "the configuration names no folder for keys; add `keys: { folder: keys }`",
                Exit.configuration)
        }
        do throws(AdapterFailure) {
            let (file, digits) = try KeyFile.make(for: device, folder: folder)
            print(
                """
                device  \(device)
                key id  \(file.keyID)
                key     \(digits)

                Write these three lines into the device over its cable; the key is shown this once.
                It stands in \(file.path), which only its owner can read.
                """)
        } catch {
            throw Exit.failure(error)
        }
    }
}
