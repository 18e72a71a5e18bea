import GatewayModel

/// One recorded series, and how it comes onto the script's calendar.
///
/// A series keeps the time of day of the place where it was recorded, so that the sun heats the box
/// at noon, and moves by whole days.
struct RiverSeries {
    /// A column of the file that is a sensor of the station.
    struct Column {
        var header: String
        var sensor: String
        /// The unit of the raw value.
        var unit: String
    }

    var file: String
    var skippedLines = 0
    var timeColumn: String
    var station: String
    var columns: [Column]
    /// The zone of the file's times where they name none, in seconds east of UTC.
    var fileOffsetSeconds: Int
    /// The clock of the place, in seconds east of UTC, as it was then.
    var placeOffsetSeconds: Int
    /// A day of the series and the day of the script that it becomes.
    var day: String
    var becomes: String
    /// After how many days a series that is shorter than the script begins again; nil plays it once.
    var repeatsAfterDays: Int?

    /// Milliseconds from a time of the series to the script's.
    var shiftMilliseconds: Int64? {
        guard let from = UTCInstant(rfc3339: "\(day)T00:00:00Z"),
            let to = UTCInstant(rfc3339: "\(becomes)T00:00:00Z")
        else { return nil }
        let clocks = Int64(placeOffsetSeconds - RiverScript.offsetSeconds) * 1000
        return to.milliseconds - from.milliseconds + clocks
    }

    /// The series of the demo.
    ///
    /// Trout Creek's flash flood of 27 August 2021 falls on the script's second day, Dead Run's of
    /// 3 June 2018 on the third; its floods of 10 and 11 June follow a week later. The Kuji keeps
    /// its own days.
    static let all = [
        RiverSeries(
            file: "trout-creek/Log00017.txt", skippedLines: 1, timeColumn: "Time [UTC]",
            station: "trout-creek",
            columns: [
                Column(header: "Range [cm]", sensor: "stage", unit: "cm"),
                Column(header: "TempOB [C]", sensor: "box-temperature", unit: "degC"),
                Column(header: "Bat [V]", sensor: "battery", unit: "V"),
            ],
            fileOffsetSeconds: 0, placeOffsetSeconds: -5 * 3600, day: "2021-08-27",
            becomes: "2026-07-19"),
        RiverSeries(
            file: "calder-rain/gorpley_15min.csv", timeColumn: "time_utc", station: "trout-creek",
            columns: [Column(header: "rain_mm", sensor: "rain", unit: "mm")],
            fileOffsetSeconds: 0, placeOffsetSeconds: 0, day: "2025-09-04",
            becomes: "2026-07-19", repeatsAfterDays: 28),
        RiverSeries(
            file: "dead-run/DeadRun_01589330_2018-06.csv", timeColumn: "time_utc",
            station: "dead-run",
            columns: [Column(header: "gage_height_ft", sensor: "stage", unit: "ft")],
            fileOffsetSeconds: 0, placeOffsetSeconds: -4 * 3600, day: "2018-06-03",
            becomes: "2026-07-20"),
        RiverSeries(
            file: "kuji-nukada/nukada_10min.csv", timeColumn: "time_jst", station: "kuji-nukada",
            columns: [Column(header: "level_m", sensor: "stage", unit: "m")],
            fileOffsetSeconds: 9 * 3600, placeOffsetSeconds: 9 * 3600, day: "2026-07-18",
            becomes: "2026-07-18"),
    ]
}
