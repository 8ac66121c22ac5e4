import Features
import Models
import Testing
import Torch
import TorchNN

@Suite("Configuration")
struct ConfigurationTests {
  @Test("every model is built from its name alone", arguments: ModelRegistry.names)
  func names(_ name: String) throws {
    let model = try ModelRegistry.make(name: name, space: ModelCase.space(), generator: Generator(seed: 0))
    #expect(model.modelName == name)
    #expect(model.space.itemCount == ModelCase.itemCount)
  }

  @Test("what a configuration writes is what it reads", arguments: ModelCase.all)
  func roundTrip(_ one: ModelCase) throws {
    let written = Dictionary(uniqueKeysWithValues: one.configuration.parameters)
    let (read, faults) = ModelConfiguration.parse(name: one.configuration.name, parameters: written)
    #expect(read == one.configuration)
    #expect(faults.isEmpty)
  }

  @Test("all faults are reported at once, each with key, value and what is allowed")
  func allFaults() throws {
    let (configuration, faults) = ModelConfiguration.parse(
      name: "neumf",
      parameters: [
        "factors": .integer(0), "mlp_factors": .text("many"), "hidden": .integers([64, -1]),
        "initial_std": .number(.nan), "layers": .integer(3),
      ])
    #expect(configuration == nil)
    #expect(
      faults.map(\.description) == [
        "factors: received 0; use an integer in 1...4096",
        "mlp_factors: received \"many\"; use an integer in 1...4096",
        "hidden: received [64, -1]; use a list of 1...16 integers, each in 1...65536",
        "initial_std: received nan; use a number in 0.0...10.0",
        "unknown parameter \"layers\" (value 3); use one of factors, mlp_factors, hidden, initial_std",
      ])
    #expect(faults.map(\.kind) == [.outOfRange, .wrongType, .outOfRange, .outOfRange, .unknownParameter])
  }

  @Test("an unknown model names those that exist")
  func unknownModel() throws {
    let error = #expect(throws: ModelError.self) {
      try ModelRegistry.make(name: "ncf", space: ModelCase.space())
    }
    #expect(error?.code == .unknownModel)
    #expect(error?.message.contains("popularity, mf, fm, gmf, mlp, neumf, dnn, two-tower, sequence") == true)
  }

  @Test("an integer stands for a number, a number not for an integer")
  func numbers() {
    #expect(ModelConfiguration.parse(name: "dnn", parameters: ["dropout": .integer(0)]).configuration != nil)
    #expect(ModelConfiguration.parse(name: "mf", parameters: ["factors": .number(64)]).faults.count == 1)
    #expect(ModelConfiguration.parse(name: "dnn", parameters: ["dropout": .integer(1)]).faults.count == 1)
  }

  @Test("an activation is read by its name")
  func activation() {
    let (configuration, _) = ModelConfiguration.parse(name: "dnn", parameters: ["activation": .text("gelu")])
    #expect(configuration == .dnn(.init(activation: .gelu)))
    let faults = ModelConfiguration.parse(name: "dnn", parameters: ["activation": .text("mish")]).faults
    #expect(faults.first?.received == "\"mish\"")
  }

  @Test("an empty space and fields of another length are refused")
  func space() throws {
    #expect(throws: ModelError.self) {
      try ModelConfiguration.mf(.init()).make(space: InteractionSpace(userCount: 0, itemCount: 3))
    }
    var space = try ModelCase.space()
    space.itemCount += 1
    let error = #expect(throws: ModelError.self) { try ModelConfiguration.fm(.init()).make(space: space) }
    let expected = "item field \"genre\": received 11 entries; use one entry for each of the 12 items"
    #expect(error?.message.contains(expected) == true)
  }
}
