// Measures the firmware codec: single-reading frames, CRC checked, on one core.

import CLinux

let result = CodecRun().measure(rounds: 15, passes: 500) { kawamori_monotonic_nanoseconds() }
let millions = { (rate: Double) in "\((rate / 1e5).rounded() / 10) million/s" }
print("Swift                     \(millions(result.swiftFramesPerSecond))")
print("C header, 64-byte table   \(millions(result.smallTableFramesPerSecond))")
print("C header, 8 KiB of tables \(millions(result.largeTableFramesPerSecond))")
