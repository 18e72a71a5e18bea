import GPIO
import GatewayModel
import Glibc

/// Finding chips and lines.
let addressChecks = [
    Check("chips are listed with their lines") {
        let chip = try SimulatedChip(
            "list", label: "river", lineCount: 5, names: [1: "RAIN", 3: "FLOAT"])
        let held = try GPIOOutputLine(
            address: LineAddress(chip: "river", line: .offset(4)),
            settings: GPIOOutputSettings(isActiveLow: true, consumer: "suite"))
        try require(GPIOChip.paths().contains(chip.path), "\(chip.path) is not among the paths")
        let (chips, failures) = GPIOChip.all()
        try requireEqual(failures, [], "the list of failures")
        let found = chips.filter { $0.label == "river" }
        try requireEqual(found.count, 1, "the number of chips `river`")
        try requireEqual(
            found[0],
            GPIOChipDescription(
                path: chip.path, name: chip.name, label: "river",
                lines: [
                    GPIOLineDescription(offset: 0), GPIOLineDescription(offset: 1, name: "RAIN"),
                    GPIOLineDescription(offset: 2), GPIOLineDescription(offset: 3, name: "FLOAT"),
                    GPIOLineDescription(
                        offset: 4, isUsed: true, consumer: "suite", isOutput: true,
                        isActiveLow: true),
                ]), "the description")
        try requireEqual(held.place.offset, 4, "the held line")
    },
    Check("a line is found by label, name, path and offset") {
        let chip = try SimulatedChip("find", label: "river", names: [1: "RAIN", 3: "FLOAT"])
        let expected = LinePlace(
            chipPath: chip.path, chipName: chip.name, offset: 3, name: "FLOAT")
        for wanted in [nil, "river", chip.name, chip.path] {
            let address = LineAddress(chip: wanted, line: .name("FLOAT"))
            try requireEqual(try address.find(), expected, "\(address)")
            let line = try GPIOInputLine(address: address)
            try requireEqual(line.place, expected, "the place of \(address)")
            guard let wanted else { continue }
            let byOffset = LineAddress(chip: wanted, line: .offset(3))
            try requireEqual(try byOffset.find(), expected, "\(byOffset)")
        }
    },
    Check("chips are listed in the order of their numbers, and links are passed over") {
        // Eleven, since `gpiochip10` comes before `gpiochip2` in the alphabet.
        let chips = try (0..<11).map { try SimulatedChip("many\($0)", lineCount: 1) }
        let link = "/dev/gpiochip999"
        // Unsafe: both texts are lent for the call.
        let result = unsafe symlink(chips[10].path, link)
        defer { unsafe unlink(link) }
        try requireEqual(result, 0, "the result of symlink(2)")
        try requireEqual(GPIOChip.paths(), chips.map(\.path), "the paths")
        // Whoever writes the link's name still means the chip.
        for wanted in ["gpiochip999", link] {
            let place = try LineAddress(chip: wanted, line: .offset(0)).find()
            try requireEqual(place.chipName, chips[10].name, "the chip behind \(wanted)")
        }
    },
    Check("who may not use a chip is told whose it is") {
        let chip = try SimulatedChip()
        let byName = LineAddress(line: .name("RAIN"))
        let byPath = LineAddress(chip: chip.path, line: .offset(1))
        for (mode, words) in [
            (0o600, "Only root may use it"), (0o660, "It belongs to the group 4711: add the user"),
        ] as [(mode_t, String)] {
            // The root of an initramfs may keep others out. Unsafe: paths are lent for the calls.
            let results = unsafe [
                chmod("/", 0o755), chown(chip.path, 0, 4711), chmod(chip.path, mode),
                seteuid(65_534),
            ]
            defer { seteuid(0) }
            try requireEqual(results, [0, 0, 0, 0], "what chmod, chown and seteuid returned")
            for address in [byName, byPath] {
                let failure = try requireFailure("\(address)") { _ = try address.find() }
                try requireEqual(failure.code, .unavailable, "the code")
                try require(
                    failure.description.contains("open GPIO chip \(chip.path): permission denied")
                        && failure.cause.contains(words), "it says: \(failure)")
            }
        }
    },
    Check("what is not there is told with what is there") {
        let chip = try SimulatedChip("missing", label: "river", names: [1: "RAIN"])
        for (address, words) in [
            (LineAddress(chip: "lake", line: .offset(1)), "\(chip.name) (river, 8 lines)"),
            (LineAddress(chip: "river", line: .offset(8)), "from 0 to 7"),
            (LineAddress(line: .name("RAIM")), "near it: RAIN"),
            (LineAddress(line: .offset(1)), "an offset needs its chip"),
        ] {
            let failure = try requireFailure("\(address)") { _ = try address.find() }
            try requireEqual(failure.code, .unavailable, "the code")
            try require(failure.cause.contains(words), "\(address) says: \(failure)")
        }
    },
    Check("chips of one label and lines of one name are told apart by name") {
        let first = try SimulatedChip("first", label: "twin", names: [2: "RAIN"])
        let second = try SimulatedChip("second", label: "twin", names: [5: "RAIN"])
        let byLabel = try requireFailure("the label") {
            _ = try LineAddress(chip: "twin", line: .offset(1)).find()
        }.cause
        try require(
            byLabel.contains(first.name) && byLabel.contains(second.name), "it says: \(byLabel)")
        let byName = try requireFailure("the name") {
            _ = try LineAddress(line: .name("RAIN")).find()
        }.cause
        try require(
            byName.contains("line 2 of \(first.name), line 5 of \(second.name)"),
            "it says: \(byName)")
        let place = try LineAddress(chip: second.name, line: .name("RAIN")).find()
        try requireEqual(place.offset, 5, "the offset on the named chip")
    },
    Check("a chip that stays open tells what is so now") {
        let simulated = try SimulatedChip()
        let chip = try GPIOChip(path: simulated.path)
        try requireEqual(try chip.line(at: 3).isUsed, false, "the free line in use")
        let held = try GPIOOutputLine(
            address: LineAddress(chip: chip.name, line: .offset(3)),
            settings: GPIOOutputSettings(consumer: "lamp"))
        try requireEqual(try chip.line(at: 3).consumer, "lamp", "the holder")
        try requireEqual(try chip.line(at: 3).isOutput, true, "the held line an output")
        try held.set(true)
    },
    Check("a busy line says who holds it") {
        let chip = try SimulatedChip("busy", names: [1: "RAIN"])
        let address = LineAddress(chip: chip.name, line: .name("RAIN"))
        do {
            let held = try GPIOInputLine(
                address: address, settings: GPIOInputSettings(consumer: "rain-counter"))
            try requireEqual(held.place.offset, 1, "the held line")
            let failure = try requireFailure("a second request") {
                _ = try GPIOInputLine(address: address)
            }
            try requireEqual(failure.code, .busy, "the code")
            try requireEqual(
                failure.cause, "the line is already held by `rain-counter`; stop that first",
                "the cause")
            try require(failure.operation.contains("RAIN"), "it says: \(failure)")
        }
        // Given back with its owner.
        let again = try GPIOOutputLine(address: address)
        try requireEqual(again.place.name, "RAIN", "the line's name")
    },
]
