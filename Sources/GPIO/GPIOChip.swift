import CGPIOD
package import GatewayModel
import Glibc

/// A GPIO chip that is open: an owner of its handle, without policy.
///
/// Opening and describing a chip disturbs nobody and changes no line.
@safe package struct GPIOChip: ~Copyable {
    /// Where it was opened.
    package let path: String
    /// The kernel's name, such as `gpiochip0`.
    package let name: String
    /// The driver's name for it, such as `pinctrl-bcm2711`.
    package let label: String
    package let lineCount: UInt32
    /// The shim's object; alive from init to deinit.
    let handle: OpaquePointer

    /// Opens a chip; C twin: `gpiod_chip_open`.
    ///
    /// - Parameter path: the device, such as `/dev/gpiochip0`, or a symbolic link to it.
    /// - Throws: `AdapterFailure` with `unavailable` where there is no such device, it is no chip,
    ///   or we may not use it.
    package init(path: String) throws(AdapterFailure) {
        // Unsafe: the path is lent for the call.
        let opened = unsafe kawamori_gpio_chip_open(path)
        let error = errno
        guard let opened = unsafe opened else { throw .chip(path, errno: error) }
        var info = kawamori_gpio_chip_info()
        // Unsafe: the handle is open and one local structure is lent for the call.
        let result = unsafe kawamori_gpio_chip_describe(opened, &info)
        let describeError = errno
        guard result == 0 else {
            // Unsafe: nobody else has the handle, and it is not used again.
            unsafe kawamori_gpio_chip_close(opened)
            throw .chip(path, errno: describeError)
        }
        self.path = path
        name = kernelText(info.name)
        label = kernelText(info.label)
        lineCount = info.line_count
        unsafe handle = opened
    }

    deinit {
        // Unsafe: the only owner of the handle goes; C twin: `gpiod_chip_close`.
        unsafe kawamori_gpio_chip_close(handle)
    }

    /// Asks the kernel about a line; C twin: `gpiod_chip_get_line_info`.
    ///
    /// - Parameter offset: below `lineCount`.
    /// - Returns: its name, who holds it, and how it is set.
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package func line(at offset: UInt32) throws(AdapterFailure) -> GPIOLineDescription {
        precondition(offset < lineCount, "\(name) has \(lineCount) lines, none at \(offset)")
        var info = kawamori_gpio_line_info()
        // Unsafe: the handle is open and one local structure is lent for the call.
        let result = unsafe kawamori_gpio_line_describe(handle, offset, &info)
        let error = errno
        guard result == 0 else {
            throw .line("describe line \(offset) of \(name)", chip: name, errno: error)
        }
        let name = kernelText(info.name)
        let consumer = kernelText(info.consumer)
        return GPIOLineDescription(
            offset: offset, name: name.isEmpty ? nil : name, isUsed: info.is_used,
            consumer: consumer.isEmpty ? nil : consumer, isOutput: info.is_output,
            isActiveLow: info.is_active_low)
    }

    /// Asks the kernel about the chip and all its lines.
    ///
    /// - Throws: `AdapterFailure` with `unavailable` where the chip is gone.
    package func describe() throws(AdapterFailure) -> GPIOChipDescription {
        var lines: [GPIOLineDescription] = []
        for offset in 0..<lineCount { lines.append(try line(at: offset)) }
        return GPIOChipDescription(path: path, name: name, label: label, lines: lines)
    }

    // MARK: - What is there

    /// The devices `gpiochip*` of a folder, in the order of their numbers.
    ///
    /// Symbolic links are left out: Raspberry Pi OS makes one so that an old name still works, and
    /// one chip must not be met twice.
    ///
    /// - Parameter folder: where to look.
    /// - Returns: their paths; none where the folder cannot be read.
    package static func paths(in folder: String = "/dev") -> [String] {
        // Unsafe, in the whole function: a directory stream of our own is read and closed; an entry
        // is copied before the next is read; paths are lent for single calls.
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var numbers: [UInt32] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe kernelText(entry.pointee.d_name)
            guard let number = number(ofChip: name) else { continue }
            var status = stat()
            guard unsafe lstat("\(folder)/\(name)", &status) == 0,
                status.st_mode & S_IFMT == S_IFCHR
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted().map { "\(folder)/gpiochip\($0)" }
    }

    /// The number in `gpiochip7`; nil where the text is no name of the kernel's for a chip.
    static func number(ofChip name: String) -> UInt32? {
        guard name.hasPrefix("gpiochip"), let number = UInt32(name.dropFirst(8)),
            name == "gpiochip\(number)"
        else { return nil }
        return number
    }
}

/// The text in a C structure's array, up to its 0; what is no UTF-8 is replaced.
func kernelText<Bytes: BitwiseCopyable>(_ bytes: Bytes) -> String {
    // Unsafe: the bytes of a local value are copied before it goes.
    unsafe withUnsafeBytes(of: bytes) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
}
