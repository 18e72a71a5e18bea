/// Where the fields of a reading stand in a topic's JSON; nil means that the topic has no such
/// field.
package struct JSONFieldMap: Hashable, Sendable {
    /// The value, a number; `true` and `false` read as 1 and 0.
    package var value: JSONPointer
    /// The device's time: RFC 3339 with an offset, or Unix seconds.
    package var time: JSONPointer?
    /// The sequence number of the reading in its boot.
    package var sequence: JSONPointer?
    /// The boot counter, without which a sequence number is no identity.
    package var boot: JSONPointer?
    /// The value's unit.
    package var unit: JSONPointer?
    /// The device's error code; not 0 means that there is no value.
    package var error: JSONPointer?
    /// The battery in millivolts.
    package var battery: JSONPointer?
    /// The device's latitude in degrees, WGS 84.
    package var latitude: JSONPointer?
    /// The device's longitude in degrees, WGS 84.
    package var longitude: JSONPointer?

    package init(
        value: JSONPointer = JSONPointer(member: "value"),
        time: JSONPointer? = JSONPointer(member: "time"),
        sequence: JSONPointer? = JSONPointer(member: "sequence"),
        boot: JSONPointer? = JSONPointer(member: "boot"),
        unit: JSONPointer? = JSONPointer(member: "unit"),
        error: JSONPointer? = JSONPointer(member: "error"),
        battery: JSONPointer? = JSONPointer(member: "battery_mv"),
        latitude: JSONPointer? = JSONPointer(member: "latitude"),
        longitude: JSONPointer? = JSONPointer(member: "longitude")
    ) {
        self.value = value
        self.time = time
        self.sequence = sequence
        self.boot = boot
        self.unit = unit
        self.error = error
        self.battery = battery
        self.latitude = latitude
        self.longitude = longitude
    }
}
