import GRDB

/// The tables of the store, and the numbers by which its file is known.
///
/// The schema is lean because flash wears: rows arrive in `recent`, which has no index at all, so
/// that a commit changes its last page and nothing else. Once every target has passed them they
/// move into `archive`, ordered by channel and time, an hour's rows at once.
enum StoreSchema {
    /// `kawa` in ASCII, in the header of every database of ours.
    static let applicationID: Int32 = 0x6B61_7761
    /// The newest schema that this program knows.
    static let version: Int32 = 8

    /// Brings a database from any older schema to the present one.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: base + observations + alarms + records)
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        // Columns are added without touching a row; a check of every foreign key would read them
        // all, and a pole's database is large.
        migrator.registerMigration("2", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: bursts + bounds)
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        // New tables only: no row of the old ones is read.
        migrator.registerMigration("3", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: devices)
            try database.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: clocks)
            try database.execute(sql: "PRAGMA user_version = 4")
        }
        migrator.registerMigration("5", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: recoveries)
            try database.execute(sql: "PRAGMA user_version = 5")
        }
        migrator.registerMigration("6", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: recalibrations + calibrations)
            try database.execute(sql: "PRAGMA user_version = 6")
        }
        migrator.registerMigration("7", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: handlings)
            try database.execute(sql: "PRAGMA user_version = 7")
        }
        migrator.registerMigration("8", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: settlements)
            try database.execute(sql: "PRAGMA user_version = 8")
        }
        return migrator
    }

    /// The scatter of the burst behind a reading in its raw unit, and valid + 256 × all pings; NULL
    /// for a single measurement.
    private static let bursts = ["recent", "archive"].map { table in
        """
        ALTER TABLE \(table) ADD COLUMN spread REAL;
        ALTER TABLE \(table) ADD COLUMN burst INTEGER;

        """
    }.joined()

    /// What is only certain as a bound: `bound` is 0 for a measured stage, 1 at least, 2 below.
    private static let bounds = """
        ALTER TABLE loss ADD COLUMN at_least INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm ADD COLUMN peak_at_least INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm_transition ADD COLUMN bound INTEGER NOT NULL DEFAULT 0;
        """

    /// `steady_ns` is what makes a boot's monotonic time steady over all boots, NULL for boots
    /// before it was kept. The anchor is one moment on both clocks after the boot's first
    /// synchronisation, with the greatest error of its civil time; of a bounded boot, which never
    /// was synchronised, it is the latest that it can have been. An unsettled boot has readings from
    /// `first_row` on that wait for their time. A hold stands in the monotonic
    /// milliseconds of its boot.
    private static let clocks = """
        ALTER TABLE boot ADD COLUMN steady_ns INTEGER;
        ALTER TABLE boot ADD COLUMN anchor_ns INTEGER;
        ALTER TABLE boot ADD COLUMN anchor_ms INTEGER;
        ALTER TABLE boot ADD COLUMN anchor_error_ms INTEGER;
        ALTER TABLE boot ADD COLUMN is_bounded INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE boot ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE boot ADD COLUMN first_row INTEGER;
        ALTER TABLE alarm_transition ADD COLUMN time_uncertain INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm ADD COLUMN hold_boot INTEGER;
        ALTER TABLE alarm ADD COLUMN hold_ms INTEGER;
        """

    /// What came in afterwards; which ends of the interval are only bounds (1 its beginning, 2 its
    /// end); and the row and the beginning under which an entry was first made, NULL until it is
    /// changed: a change gives it a new row, so that the followers of the ledger see it again.
    private static let recoveries = """
        ALTER TABLE loss ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE loss ADD COLUMN uncertain INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE loss ADD COLUMN first_row INTEGER;
        ALTER TABLE loss ADD COLUMN first_ms INTEGER;
        """

    /// How often a later version of its calibration has changed a reading; NULL for never.
    private static let recalibrations = ["recent", "archive"].map { table in
        "ALTER TABLE \(table) ADD COLUMN recalibrations INTEGER;\n"
    }.joined()

    /// The flags for good, packed as `report`, where the next reading has shown something against this
    /// one; NULL for most.
    private static let settlements = ["recent", "archive"].map { table in
        "ALTER TABLE \(table) ADD COLUMN final_report INTEGER;\n"
    }.joined()

    /// Sensors stand there by name, so that a record outlives the numbers of its database. A version
    /// without `valid_from_ms` holds from the beginning of time.
    ///
    /// A recomputation goes through `recent` in order of arrival, up to the row `recent_row`, which is
    /// NULL once it is through; then through `archive` by time, up to `time_ms` and `row`.
    private static let calibrations = """
        CREATE TABLE calibration_version (
            station TEXT NOT NULL,
            sensor TEXT NOT NULL,
            number INTEGER NOT NULL,
            valid_from_ms INTEGER,
            raw_unit TEXT NOT NULL,
            lines TEXT NOT NULL,
            author TEXT NOT NULL,
            reason TEXT NOT NULL,
            recorded_ms INTEGER NOT NULL,
            PRIMARY KEY (station, sensor, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE recalibration (
            station TEXT NOT NULL,
            sensor TEXT NOT NULL,
            from_ms INTEGER,
            recent_row INTEGER,
            time_ms INTEGER NOT NULL,
            row INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            PRIMARY KEY (station, sensor)
        ) STRICT, WITHOUT ROWID;
        """

    /// What people and time make of an alarm. `shelf_ms`, `unknown_ms` and the moments in `openings`
    /// and `activations` (whole numbers with commas between them) stand in the monotonic milliseconds
    /// of `handling_boot`; `shelf_until_ms` is the shelf's end by the civil clock. A transition that
    /// is `quiet` woke nobody; `step` numbers those that leave the phase as it is.
    private static let handlings = """
        ALTER TABLE alarm ADD COLUMN assigned_to TEXT;
        ALTER TABLE alarm ADD COLUMN shelf_by TEXT;
        ALTER TABLE alarm ADD COLUMN shelf_reason TEXT;
        ALTER TABLE alarm ADD COLUMN shelf_ms INTEGER;
        ALTER TABLE alarm ADD COLUMN shelf_seconds REAL;
        ALTER TABLE alarm ADD COLUMN shelf_until_ms INTEGER;
        ALTER TABLE alarm ADD COLUMN last_comment TEXT;
        ALTER TABLE alarm ADD COLUMN last_comment_by TEXT;
        ALTER TABLE alarm ADD COLUMN is_told INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE alarm ADD COLUMN escalations INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm ADD COLUMN unknown_ms INTEGER;
        ALTER TABLE alarm ADD COLUMN openings TEXT;
        ALTER TABLE alarm ADD COLUMN activations TEXT;
        ALTER TABLE alarm ADD COLUMN is_flapping INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm ADD COLUMN steps INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm ADD COLUMN handling_boot INTEGER;
        ALTER TABLE alarm_transition ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm_transition ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm_transition ADD COLUMN escalation INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alarm_transition ADD COLUMN until_ms INTEGER;
        ALTER TABLE alarm_transition ADD COLUMN assignee TEXT;
        """

    private static let base = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

        -- One row per boot of the machine: monotonic clocks compare within one of them only.
        CREATE TABLE boot (
            id INTEGER PRIMARY KEY,
            boot_id TEXT NOT NULL UNIQUE,
            started_ms INTEGER NOT NULL,
            monotonic_ns INTEGER NOT NULL,
            clock INTEGER NOT NULL
        ) STRICT;

        -- Rows are never deleted, so a number names its sensor for ever.
        CREATE TABLE channel (
            number INTEGER PRIMARY KEY,
            station TEXT NOT NULL,
            sensor TEXT NOT NULL,
            kind TEXT NOT NULL,
            unit TEXT NOT NULL,
            raw_unit TEXT NOT NULL,
            offset_s INTEGER NOT NULL,
            UNIQUE (station, sensor)
        ) STRICT;

        """

    private static let reading = """
            channel INTEGER NOT NULL REFERENCES channel,
            boot INTEGER NOT NULL REFERENCES boot,
            received_ns INTEGER NOT NULL,
            received_ms INTEGER NOT NULL,
            clock INTEGER NOT NULL,
            device_ms INTEGER,
            time_ms INTEGER NOT NULL,
            raw REAL,
            value REAL,
            flag INTEGER NOT NULL,
            report INTEGER NOT NULL,
            error INTEGER NOT NULL,
            calibration INTEGER NOT NULL,
            identity INTEGER NOT NULL,
            id_boot INTEGER,
            id_sequence INTEGER,
            marks INTEGER NOT NULL,
            device INTEGER
        """

    private static let observations = """
        -- Arrival order. The store numbers the rows itself and remembers the highest number that
        -- it has moved out, so none is ever used twice; AUTOINCREMENT would cost a page per commit.
        CREATE TABLE recent (
            row INTEGER PRIMARY KEY,
        \(reading)
        ) STRICT;

        CREATE TABLE archive (
            row INTEGER NOT NULL,
        \(reading),
            PRIMARY KEY (channel, time_ms, row)
        ) STRICT, WITHOUT ROWID;

        -- Which rows were moved together and what times they cover: finds a row in the archive,
        -- which has no index by row.
        CREATE TABLE segment (
            last_row INTEGER PRIMARY KEY,
            first_row INTEGER NOT NULL,
            min_ms INTEGER NOT NULL,
            max_ms INTEGER NOT NULL
        ) STRICT;

        -- Sums of archived rows; what still stands in `recent` is added on reading.
        CREATE TABLE rollup (
            channel INTEGER NOT NULL REFERENCES channel,
            resolution INTEGER NOT NULL,
            start_ms INTEGER NOT NULL,
            count INTEGER NOT NULL,
            total INTEGER NOT NULL,
            minimum REAL,
            maximum REAL,
            sum REAL,
            last REAL,
            last_ms INTEGER,
            last_row INTEGER,
            worst INTEGER NOT NULL,
            PRIMARY KEY (channel, resolution, start_ms)
        ) STRICT, WITHOUT ROWID;

        """

    private static let alarms = """
        -- Rows are never deleted, so numbers ascend without gaps and name their alarm for ever.
        CREATE TABLE alarm (
            number INTEGER PRIMARY KEY,
            station TEXT NOT NULL,
            rule TEXT NOT NULL,
            occurrence INTEGER NOT NULL,
            phase TEXT NOT NULL,
            opened_ms INTEGER NOT NULL,
            since_ms INTEGER NOT NULL,
            peak REAL,
            acknowledged_by TEXT,
            comment TEXT,
            UNIQUE (station, rule, occurrence)
        ) STRICT;

        CREATE TABLE alarm_transition (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            alarm INTEGER NOT NULL REFERENCES alarm,
            from_phase TEXT NOT NULL,
            to_phase TEXT NOT NULL,
            time_ms INTEGER NOT NULL,
            stage REAL,
            threshold REAL,
            cause TEXT NOT NULL,
            actor TEXT,
            comment TEXT,
            simulated INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX alarm_transition_by_alarm ON alarm_transition (alarm);

        CREATE TABLE detection (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            camera TEXT NOT NULL,
            event_id TEXT NOT NULL,
            species TEXT NOT NULL,
            confidence REAL NOT NULL,
            box TEXT,
            camera_ms INTEGER,
            boot INTEGER NOT NULL REFERENCES boot,
            received_ns INTEGER NOT NULL,
            received_ms INTEGER NOT NULL,
            clock INTEGER NOT NULL,
            image_name TEXT,
            image_bytes INTEGER,
            image_type TEXT,
            verdict TEXT NOT NULL,
            simulated INTEGER NOT NULL,
            UNIQUE (camera, event_id)
        ) STRICT;

        """

    private static let records = """
        CREATE TABLE progress (
            target TEXT NOT NULL,
            stream TEXT NOT NULL,
            position INTEGER NOT NULL,
            backlog TEXT NOT NULL,
            PRIMARY KEY (target, stream)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE loss (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            cause TEXT NOT NULL,
            from_ms INTEGER NOT NULL,
            to_ms INTEGER NOT NULL,
            count INTEGER
        ) STRICT;

        CREATE TABLE rejection (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            topic TEXT NOT NULL,
            reason TEXT NOT NULL,
            detail TEXT NOT NULL,
            payload BLOB NOT NULL,
            payload_bytes INTEGER NOT NULL,
            received_ns INTEGER NOT NULL,
            received_ms INTEGER NOT NULL,
            clock INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE account (
            name TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            password_hash TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            time_ms INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT;
        """

    /// Devices are numbered by the two's complement of their 64 bits. A row is written when something
    /// about its device changes, else every few minutes; `missing` is the written form of
    /// `DeviceTable`.
    private static let devices = """
        CREATE TABLE device (
            id INTEGER PRIMARY KEY,
            state TEXT NOT NULL,
            adopted_as TEXT,
            places TEXT NOT NULL,
            first_ms INTEGER NOT NULL,
            last_ms INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            battery_mv INTEGER NOT NULL,
            signal_dbm INTEGER NOT NULL,
            key_id INTEGER,
            command_counter INTEGER NOT NULL,
            frames INTEGER NOT NULL,
            duplicates INTEGER NOT NULL,
            conflicts INTEGER NOT NULL,
            authentication_failed INTEGER NOT NULL,
            quarantined INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            missing INTEGER NOT NULL,
            filled INTEGER NOT NULL,
            lost INTEGER NOT NULL,
            report TEXT
        ) STRICT;

        -- What is on disk of a boot, and what is missing there. floor_settled: 0 or 1, or 2 where
        -- numbers came twice.
        CREATE TABLE device_track (
            device INTEGER NOT NULL,
            sensor TEXT NOT NULL,
            boot INTEGER NOT NULL,
            place INTEGER NOT NULL,
            floor INTEGER NOT NULL,
            floor_settled INTEGER NOT NULL,
            next INTEGER NOT NULL,
            newest_ms INTEGER NOT NULL,
            missing TEXT NOT NULL,
            PRIMARY KEY (device, sensor, boot)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE device_command (
            device INTEGER NOT NULL,
            counter INTEGER NOT NULL,
            name TEXT NOT NULL,
            arguments TEXT NOT NULL,
            author TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            expires_ms INTEGER NOT NULL,
            state TEXT NOT NULL,
            sent_ms INTEGER,
            sent_count INTEGER NOT NULL,
            settled_ms INTEGER,
            reason TEXT,
            PRIMARY KEY (device, counter)
        ) STRICT, WITHOUT ROWID;
        """
}
