import Testing

/// What runs on the faulty disk, of which there is one: never two at once.
@Suite(.serialized) enum OnFaultyDisk {}
