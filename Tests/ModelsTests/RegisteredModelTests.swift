import Features
import Models
import Testing
import Torch
import TorchNN

/// A model of another package.
private final class Constant: Module, RegistrableRecommender {
  struct Configuration: ModelParameters {
    var level = 1.5
    static let fields: [ParameterField<Configuration>] = [.number("level", \.level, in: 0...10)]
  }

  static let modelName = "test-constant"
  static let objectives: Set<TrainingObjective> = [.pointwise]
  let space: InteractionSpace
  let level: Double
  private let item: Embedding

  init(_ configuration: Configuration, space: InteractionSpace, sparse: Bool, generator: Generator?) throws {
    self.space = space
    level = configuration.level
    let members = Members()
    item = members.add("item", try Embedding(space.itemCount, 1, sparse: sparse, initialiser: .zeros))
    super.init(members)
  }

  static func tables(_ configuration: Configuration, in space: InteractionSpace) -> [ModelTable] {
    [ModelTable("item", rows: space.itemCount, dimension: 1)]
  }

  func pairScores(users: Tensor, items: Tensor) throws -> Tensor { try item(items).squeeze(dim: 1) + level }
  func scoreAllItems(users: Tensor) throws -> Tensor {
    try Tensor.full([users.count, space.itemCount], level, dtype: .float32)
  }
}

/// One whose name is taken.
private final class Impostor: Module, RegistrableRecommender {
  typealias Configuration = MF.Configuration
  static let modelName = "neumf"
  static let objectives: Set<TrainingObjective> = []
  let space: InteractionSpace
  init(_ configuration: Configuration, space: InteractionSpace, sparse: Bool, generator: Generator?) throws {
    self.space = space
    super.init(Members())
  }
  static func tables(_ configuration: Configuration, in space: InteractionSpace) -> [ModelTable] { [] }
  func pairScores(users: Tensor, items: Tensor) throws -> Tensor { users }
  func scoreAllItems(users: Tensor) throws -> Tensor { users }
}

@Suite struct RegisteredModelTests {
  private func parsed(_ parameters: [String: ParameterValue]) throws -> ModelConfiguration {
    try ModelRegistry.register(Constant.self)
    return try #require(ModelConfiguration.parse(name: "test-constant", parameters: parameters).configuration)
  }

  @Test func aConfigurationNamesIt() throws {
    let space = InteractionSpace(userCount: 2, itemCount: 3)
    let configuration = try parsed(["level": .integer(4)])
    #expect(configuration.name == "test-constant" && configuration.objectives == [.pointwise])
    #expect(configuration.parameters.map(\.key) == ["level"] && configuration.parameters[0].value == .number(4))
    #expect(configuration.tables(in: space) == [ModelTable("item", rows: 3, dimension: 1)])
    let model = try configuration.make(space: space)
    #expect(try #require(model as? Constant).level == 4)
    #expect(ModelRegistry.names.last == "test-constant" && ModelRegistry.names.first == "popularity")
  }

  @Test func itsFaultsAreReported() throws {
    try ModelRegistry.register(Constant.self)
    let found = ModelConfiguration.parse(
      name: "test-constant", parameters: ["level": .number(11), "depth": .integer(1)])
    #expect(found.configuration == nil)
    #expect(found.faults.map(\.kind) == [.outOfRange, .unknownParameter])
  }

  @Test func configurationsAreEqualByValue() throws {
    #expect(try parsed([:]) == parsed([:]))
    #expect(try parsed([:]) == parsed(["level": .number(1.5)]))
    #expect(try parsed([:]) != parsed(["level": .number(2)]))
    #expect(try parsed([:]) != ModelConfiguration.mf(.init()))
  }

  @Test func aNameIsGivenOnce() throws {
    try ModelRegistry.register(Constant.self)
    try ModelRegistry.register(Constant.self)
    #expect(ModelRegistry.names.count { $0 == "test-constant" } == 1)
    let error = try #require(throws: ModelError.self) { try ModelRegistry.register(Impostor.self) }
    #expect(error.message.contains("\"neumf\"") && error.message.contains("another modelName"))
    #expect(ModelRegistry.names.count { $0 == "neumf" } == 1)
  }
}
