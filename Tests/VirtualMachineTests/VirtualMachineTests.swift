import Testing

/// What needs a kernel of its own: real drivers, real edges, real exits.
///
/// One machine after another: each is plain emulation and wants a whole processor.
///
/// Each suite within has its own time limit: of two that are nested, the shorter one counts.
@Suite(.serialized, .enabled(if: VirtualMachineKit.isUsable, VirtualMachineKit.absence))
struct VirtualMachineTests {}
