import Foundation
import GatewayModel
import Testing

@testable import Console

@Suite struct CalibrationDocumentTests {
    private func json(_ form: Calibration.Form) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let document = CalibrationDocument(Calibration(form: form, unit: "m", version: 3))
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    @Test func `a calibration says its numbers and no others`() throws {
        #expect(
            try json(.linear(offset: 3, scale: -1))
                == #"{"offset":3,"scale":-1,"type":"linear","unit":"m","version":3}"#)
        #expect(
            try json(
                .table(
                    TableCalibration(
                        points: [.init(raw: 1, value: 2), .init(raw: 3, value: 4)], ends: .bound)))
                == #"{"ends":"bound","points":[[1,2],[3,4]],"type":"table","unit":"m","version":3}"#
        )
        #expect(
            try json(
                .polynomial(
                    PolynomialCalibration(
                        coefficients: [1, 2], rawRange: .init(low: 0, high: 9))))
                == #"{"coefficients":[1,2],"raw_range":[0,9],"type":"polynomial","unit":"m","version":3}"#
        )
        #expect(
            try json(.tippingBucket(TippingBucketCalibration(depthMillimetres: 1, deadSeconds: 2)))
                == #"{"dead_time_s":2,"depth_mm":1,"type":"tipping_bucket","unit":"m","version":3}"#
        )
        #expect(
            try json(.currentLoop(CurrentLoopCalibration(low: 0, high: 8, faultBelow: 3)))
                == #"{"fault_above_ma":21,"fault_below_ma":3,"high":8,"low":0,"type":"current_loop","unit":"m","version":3}"#
        )
    }

    @Test func `a companion says whom it goes by, and what stands in`() throws {
        let source = Companion.Source(
            sensor: try #require(SensorID("a.air")), greatestAgeSeconds: 900)
        #expect(
            try json(
                .ultrasonic(
                    UltrasonicCalibration(
                        input: .distance(metresPerUnit: 1, assumedMetresPerSecond: 343),
                        heightMetres: 5,
                        temperature: Companion(constant: 15, source: source))))
                == #"{"assumed_speed_m_s":343,"height_m":5,"temperature_c":{"constant":15,"max_age_s":900,"sensor":"a.air"},"tilt_degrees":0,"type":"ultrasonic","unit":"m","version":3}"#
        )
        #expect(
            try json(
                .pressure(
                    PressureCalibration(
                        pascalsPerUnit: 1, elevationMetres: 1, density: .constant(999), gravity: 9,
                        barometer: Companion(constant: 5))))
                == #"{"barometer_pa":{"constant":5},"density":999,"elevation_m":1,"gravity":9,"type":"pressure","unit":"m","version":3}"#
        )
    }
}
