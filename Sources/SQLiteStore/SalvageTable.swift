/// The tables that are salvaged, and how a row of each is told from every other's without the
/// schema, which may be what is damaged.
enum SalvageTable: String, CaseIterable {
    // In the order in which they are copied: what others refer to goes first.
    case meta, boot, channel, progress, account, alarm
    case transition = "alarm_transition"
    case detection, loss, audit, rejection, device
    case track = "device_track"
    case command = "device_command"
    case calibration = "calibration_version"
    case recalibration
    case archive, recent, rollup

    /// The columns as they stand in a row: of a table without row numbers the key goes first.
    var columns: [String] { Self.layouts[self]?.columns ?? [] }

    /// Whether the table's rows are numbered; the number then stands for the first column.
    var hasRowNumbers: Bool { Self.layouts[self]?.types.first == "n" }

    /// The table that a row belongs to; nil for an index's, a foreign or a newer program's.
    init?(_ cell: DatabaseCells.Cell) {
        guard let table = Self.allCases.first(where: { $0.fits(cell) }) else { return nil }
        self = table
    }

    private struct Layout {
        var columns: [String]
        /// A letter for each column: n the row's own number, i integer, r real, t text, b blob, a
        /// anything; capital where it may be NULL.
        var types: [Character]
        /// How many columns the first schema had; later ones were added behind.
        var least: Int

        init(_ types: String, _ columns: String, added: Int = 0) {
            self.types = Array(types)
            self.columns = columns.split(separator: " ").map(String.init)
            least = self.columns.count - added
        }
    }

    private func fits(_ cell: DatabaseCells.Cell) -> Bool {
        guard let layout = Self.layouts[self], (cell.row != nil) == hasRowNumbers,
            (layout.least...layout.types.count).contains(cell.values.count)
        else { return false }
        return zip(cell.values, layout.types).allSatisfy { value, type in
            switch (value, type) {
            case (.null, "n"), (.null, "I"), (.null, "R"), (.null, "T"), (_, "a"): true
            // A whole number in a column of reals is written as an integer.
            case (.integer, "i"), (.integer, "I"), (.integer, "r"), (.integer, "R"): true
            case (.real, "r"), (.real, "R"), (.text, "t"), (.text, "T"), (.blob, "b"): true
            default: false
            }
        }
    }

    private static let layouts: [SalvageTable: Layout] = [
        .meta: Layout("ta", "key value"),
        .boot: Layout(
            "ntiiiIIIIiiI",
            """
            id boot_id started_ms monotonic_ns clock steady_ns anchor_ns anchor_ms anchor_error_ms \
            is_bounded unsettled first_row
            """, added: 7),
        .channel: Layout("nttttti", "number station sensor kind unit raw_unit offset_s"),
        .progress: Layout("ttit", "target stream position backlog"),
        .account: Layout("ttt", "name role password_hash"),
        .alarm: Layout(
            "nttitiiRTTiIITTTIRITTiiITTiiI",
            """
            number station rule occurrence phase opened_ms since_ms peak acknowledged_by comment \
            peak_at_least hold_boot hold_ms assigned_to shelf_by shelf_reason shelf_ms \
            shelf_seconds shelf_until_ms last_comment last_comment_by is_told escalations \
            unknown_ms openings activations is_flapping steps handling_boot
            """, added: 19),
        .transition: Layout(
            "nittiRRtTTiiiiiiIT",
            """
            row alarm from_phase to_phase time_ms stage threshold cause actor comment simulated \
            bound time_uncertain quiet step escalation until_ms assignee
            """, added: 7),
        .detection: Layout(
            "ntttrTIiiiiTITti",
            """
            row camera event_id species confidence box camera_ms boot received_ns received_ms \
            clock image_name image_bytes image_type verdict simulated
            """),
        .loss: Layout(
            "nttiiIiiiII",
            """
            row source cause from_ms to_ms count at_least recovered uncertain first_row first_ms
            """, added: 5),
        .audit: Layout("nittt", "row time_ms actor action detail"),
        .rejection: Layout(
            "nttttbiiii",
            "row source topic reason detail payload payload_bytes received_ns received_ms clock"),
        .device: Layout(
            "ntTtiiiiiiIiiiiiiiiiiT",
            """
            id state adopted_as places first_ms last_ms boot sequence battery_mv signal_dbm \
            key_id command_counter frames duplicates conflicts authentication_failed quarantined \
            refused missing filled lost report
            """),
        .track: Layout(
            "itiiiiiit", "device sensor boot place floor floor_settled next newest_ms missing"),
        .command: Layout(
            "iitttiitIiIT",
            """
            device counter name arguments author created_ms expires_ms state sent_ms sent_count \
            settled_ms reason
            """),
        .calibration: Layout(
            "ttiItttti",
            "station sensor number valid_from_ms raw_unit lines author reason recorded_ms"),
        .recalibration: Layout(
            "ttIIiiii", "station sensor from_ms recent_row time_ms row seen changed"),
        .archive: Layout(
            "iiiiiiiIRRiiiiiIIiIRIII",
            """
            channel time_ms row boot received_ns received_ms clock device_ms raw value flag report \
            error calibration identity id_boot id_sequence marks device spread burst \
            recalibrations final_report
            """, added: 4),
        .recent: Layout(
            "niiiiiIiRRiiiiiIIiIRIII",
            """
            row channel boot received_ns received_ms clock device_ms time_ms raw value flag report \
            error calibration identity id_boot id_sequence marks device spread burst \
            recalibrations final_report
            """, added: 4),
        .rollup: Layout(
            "iiiiiRRRRIIi",
            """
            channel resolution start_ms count total minimum maximum sum last last_ms last_row worst
            """),
    ]
}
