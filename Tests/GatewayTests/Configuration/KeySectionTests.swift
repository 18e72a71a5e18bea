import Foundation
import GatewayModel
import Testing

@testable import Gateway

@Suite struct KeySectionTests {
    private let head = "gateway: { id: g-1 }\nstations: [stations/*.yaml]\n"

    @Test func `a folder and single files, credentials too`() throws {
        let folder = try ConfigurationFolder()
        let keys = try folder.load(
            head
                + """
                keys:
                  folder: keys
                  devices:
                    - { device: 70b3d57ed0001234, key_id: 1, key_file: ./one.key }
                    - { device: 70-B3-D5-7E-D0-00-12-34, key_id: 2, key_file: level-key }
                """, environment: ["CREDENTIALS_DIRECTORY": "/run/credentials/x"]
        ).keys
        #expect(keys.folderPath == folder.url.path + "/keys")
        #expect(
            keys.files.map(\.device) == [
                DeviceID(0x70B3_D57E_D000_1234), DeviceID(0x70B3_D57E_D000_1234),
            ])
        #expect(
            keys.files.map(\.secret.path) == [
                folder.url.path + "/one.key", "/run/credentials/x/level-key",
            ])
        #expect(try folder.load(head).keys == GatewayConfiguration.Keys())
    }

    @Test func `mistakes are told with their place`() throws {
        let folder = try ConfigurationFolder()
        let errors = try folder.errors(
            head
                + """
                keys:
                  devices:
                    - { device: nobody, key_id: 1, key_file: ./a }
                    - { device: a1, key_id: 0, key_file: ./a }
                    - { device: a1, key_id: 1, key_file: ./a }
                    - { device: a1, key_id: 1, key_file: ./b }
                    - { device: a1, key_id: 2, key_file: ./b }
                    - { device: a1, key_id: 3, key_file: ./b }
                    - { device: a1, key_id: 3 }
                """)
        #expect(errors.count == 5)
        #expect(errors.first?.hasPrefix("5:17: `nobody` is no device id") == true)
        #expect(errors.dropFirst().first?.hasPrefix("6:29: `key_id` is 0") == true)
        #expect(errors.dropFirst(2).first?.contains("on line 7 already") == true)
        #expect(errors.dropFirst(3).first?.contains("more than 2 keys") == true)
    }

    @Test func `a sensor may name its device, a camera not`() throws {
        let folder = try ConfigurationFolder()
        try folder.write(
            "stations/one.yaml",
            """
            station: { id: pole-1, name: 一番, river: 川 }
            sensors:
              - { id: stage, kind: stage.radar, unit: m, device: 70b3d57ed0001234 }
              - { id: rain, kind: rain.tipping, unit: mm }
            """)
        let station = try #require(try folder.load(head).stations.first)
        #expect(
            station.sensors.map(\.device) == [DeviceID(0x70B3_D57E_D000_1234), nil])
        try folder.write(
            "stations/one.yaml",
            """
            station: { id: pole-1, name: 一番, river: 川 }
            sensors:
              - { id: stage, kind: stage.radar, unit: m, device: here }
              - { id: eye, kind: camera, device: a1 }
            """)
        let errors = try folder.errors(head)
        #expect(errors.count == 2)
        #expect(errors.contains { $0.contains("`here` is no device id") })
        #expect(errors.contains { $0.contains("remove `device`") })
    }
}
