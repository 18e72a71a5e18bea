import Foundation

/// A certificate authority of the test's own, with a server's and a client's certificate.
package struct TestCertificates: Sendable {
    /// The authority's certificate, PEM.
    package let authorityFile: String
    /// The certificate and key of `localhost` and 127.0.0.1, PEM.
    package let serverFile: String
    package let serverKeyFile: String
    /// The certificate and key of a client whose common name is `gateway`, PEM.
    package let clientFile: String
    package let clientKeyFile: String

    /// Makes them with the `openssl` command; elliptic keys, so that it takes no time.
    ///
    /// - Throws: `TestSupportError` with what openssl said.
    package init(in directory: TemporaryDirectory) throws {
        authorityFile = directory.file("ca.pem")
        serverFile = directory.file("server.pem")
        serverKeyFile = directory.file("server.key")
        clientFile = directory.file("client.pem")
        clientKeyFile = directory.file("client.key")
        let authorityKey = directory.file("ca.key")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Self.openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=test authority"] + newKey
                + ["-keyout", authorityKey, "-out", authorityFile])
        for (name, certificate, key) in [
            ("localhost", serverFile, serverKeyFile), ("gateway", clientFile, clientKeyFile),
        ] {
            let extensions = try directory.write(
                "subjectAltName=DNS:\(name),IP:127.0.0.1\n", to: "\(name).ext")
            let request = directory.file("\(name).csr")
            try Self.openssl(
                ["req", "-subj", "/CN=\(name)"] + newKey + ["-keyout", key, "-out", request])
            try Self.openssl([
                "x509", "-req", "-days", "2", "-in", request, "-CA", authorityFile, "-CAkey",
                authorityKey, "-CAcreateserial", "-extfile", extensions, "-out", certificate,
            ])
        }
    }

    /// Makes the certificate of one more authority.
    ///
    /// - Parameters:
    ///   - days: how long it is valid from now on; OpenSSL counts whole days.
    ///   - directory: where certificate and key are put.
    /// - Returns: the certificate, PEM.
    /// - Throws: `TestSupportError` with what openssl said.
    package static func authority(
        days: Int, in directory: TemporaryDirectory
    ) throws -> String {
        let file = directory.file("authority-\(days).pem")
        try openssl([
            "req", "-x509", "-days", "\(days)", "-subj", "/CN=authority \(days)", "-newkey", "ec",
            "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            directory.file("authority-\(days).key"), "-out", file,
        ])
        return try String(contentsOfFile: file, encoding: .utf8)
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestSupportError("openssl \(arguments.joined(separator: " ")):\n\(text)")
        }
    }
}
