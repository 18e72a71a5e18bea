import Foundation
import GatewayModel
import TestSupport
import Testing

@testable import Gateway

@Suite struct GatewayAssemblyWatchTests {
    @Test func `a bundle ends with its last authority, our own chain with its first certificate`()
        throws
    {
        let directory = try TemporaryDirectory()
        let short = try TestCertificates.authority(days: 3, in: directory)
        let long = try TestCertificates.authority(days: 300, in: directory)
        let bundle = try directory.write(short + long, to: "bundle.pem")
        let leafFirst = try directory.write(long + short, to: "chain.pem")
        func days(_ ends: UTCInstant?) throws -> Double {
            let seconds = try #require(ends).milliseconds / 1000
            return ((Double(seconds) - Date().timeIntervalSince1970) / 86_400).rounded()
        }
        #expect(try days(GatewayAssembly.end(ofAuthoritiesAt: bundle)) == 300)
        #expect(try days(GatewayAssembly.end(ofOwnCertificateAt: bundle)) == 3)
        #expect(try days(GatewayAssembly.end(ofOwnCertificateAt: leafFirst)) == 300)
        let lone = try directory.write(short, to: "lone.pem")
        #expect(try days(GatewayAssembly.end(ofAuthoritiesAt: lone)) == 3)
        let broken = try directory.write("no certificate", to: "broken.pem")
        for path in [broken, directory.file("nothing.pem")] {
            #expect(GatewayAssembly.end(ofAuthoritiesAt: path) == nil)
            #expect(GatewayAssembly.end(ofOwnCertificateAt: path) == nil)
        }
    }
}
