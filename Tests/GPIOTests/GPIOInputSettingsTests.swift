import GPIO
import Testing

@Suite struct GPIOInputSettingsTests {
    @Test func `settings begin as a plain line with the largest buffer`() {
        let settings = GPIOInputSettings()
        #expect(!settings.isActiveLow)
        #expect(settings.bias == .asIs)
        #expect(settings.debounceMicroseconds == 0)
        #expect(settings.eventBufferSize == 1024)
        #expect(settings.consumer == "kawamori")
    }

    @Test func `a consumer is cut to 31 bytes between characters`() {
        let long = String(repeating: "a", count: 40)
        #expect(GPIOInputSettings(consumer: long).consumer == String(repeating: "a", count: 31))
        #expect(GPIOOutputSettings(consumer: "川の水位計と雨量計").consumer == "川の水位計と雨量計".prefix(10))
        #expect(GPIOOutputSettings(consumer: "川の水位計と雨量計の線").consumer == "川の水位計と雨量計の")
    }

    @Test func `the limits themselves are taken`() {
        let least = GPIOInputSettings(debounceMicroseconds: 0, eventBufferSize: 16)
        #expect(least.eventBufferSize == 16)
        let most = GPIOInputSettings(debounceMicroseconds: 1_000_000, eventBufferSize: 1024)
        #expect(most.debounceMicroseconds == 1_000_000)
    }

    @Test func `a buffer beyond the kernel's is our own mistake`() async {
        await #expect(processExitsWith: .failure) { _ = GPIOInputSettings(eventBufferSize: 1025) }
        await #expect(processExitsWith: .failure) { _ = GPIOInputSettings(eventBufferSize: 15) }
        await #expect(processExitsWith: .failure) {
            _ = GPIOInputSettings(debounceMicroseconds: 1_000_001)
        }
    }
}
