import TorchNN

/// Modules of one kind by their numbers, named as PyTorch's `nn.ModuleList`: `0`, `1`, ...
final class ModuleList<Element: Module>: Module {
  let elements: [Element]

  init(_ elements: [Element]) {
    self.elements = elements
    let members = Members()
    for (position, element) in elements.enumerated() { members.add("\(position)", element) }
    super.init(members)
  }
}
