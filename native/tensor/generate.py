"""Writes the operator bridge from the allow list: C header, C++ and Swift.

usage: python generate.py [--check]

Reads ops.yaml beside this file and the native_functions.yaml that the installed PyTorch wheel carries. `--check` writes nothing and fails
when a committed file is not what would be written.
"""
import pathlib
import re
import sys

import torchgen
import yaml
from torchgen.model import BaseTy, BaseType, FunctionSchema, ListType, OptionalType

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NATIVE = pathlib.Path(torchgen.__file__).parent / "packaged/ATen/native/native_functions.yaml"
HEADER = ROOT / "native/include/swiftrec/ops_generated.h"
SOURCE = HERE / "ops_generated.cpp"
SWIFT = ROOT / "Sources/Torch/Generated/Tensor+Ops.swift"

# First arguments that stand without a label in Swift.
UNLABELLED = {"other", "mat2", "vec", "vec2", "size", "shape", "dims", "dim0", "dim1", "exponent", "repeats", "src"}
KEYWORDS = {"var", "let", "func", "for", "if", "else", "do", "try", "init", "self", "in", "repeat", "where", "default", "import", "any", "case", "is", "as"}
SKIPPED_TYPES = {"Layout", "MemoryFormat", "Device", "Dimname", "Storage", "Stream"}


def camel(name):
    lead = len(name) - len(name.lstrip("_"))
    tail = len(name) - len(name.rstrip("_"))
    parts = [p for p in name.strip("_").split("_") if p]
    word = parts[0] + "".join(p[:1].upper() + p[1:] for p in parts[1:])
    return "_" * min(lead, 1) + word + "_" * min(tail, 1)


def swift_name(identifier):
    return f"`{identifier}`" if identifier in KEYWORDS else identifier


class Argument:
    """One argument of an operator in its three languages."""

    def __init__(self, arg):
        self.name = arg.name
        self.c = arg.name if arg.name not in {"self", "out", "default"} else f"{arg.name}_"
        # `self` that is no receiver in Swift: the list of a foreach operator, or the second operand of `where`.
        self.swift = camel(arg.name)
        if arg.name == "self":
            self.swift = "tensors" if str(arg.type).endswith("[]") else "input"
        self.default = arg.default
        self.mutated = bool(arg.annotation and arg.annotation.is_write)
        self.kind = self.classify(arg.type)

    @staticmethod
    def classify(t):
        text = str(t)
        table = {
            "Tensor": "tensor", "Tensor?": "tensor?", "Tensor[]": "tensors", "Tensor?[]": "tensors?",
            "int": "int", "SymInt": "int", "int?": "int?", "SymInt?": "int?",
            "float": "double", "float?": "double?", "bool": "bool", "bool?": "bool?",
            "Scalar": "scalar", "Scalar?": "scalar?", "Scalar[]": "scalars",
            "str": "str", "str?": "str?", "ScalarType": "dtype", "ScalarType?": "dtype?",
            "Generator?": "generator?",
        }
        if text in table:
            return table[text]
        if re.fullmatch(r"(Sym)?[Ii]nt\[\d*\]", text):
            return "ints"
        if re.fullmatch(r"(Sym)?[Ii]nt\[\d*\]\?", text):
            return "ints?"
        if text.rstrip("?") in SKIPPED_TYPES:
            return "skip"
        if isinstance(t, OptionalType) and str(t.elem) in SKIPPED_TYPES:
            return "skip"
        raise SystemExit(f"argument type {text} is not bridged")

    # C parameters -----------------------------------------------------------------------------
    def c_parameters(self):
        n = self.c
        return {
            "tensor": [f"const SRTensor *{n}"], "tensor?": [f"const SRTensor *{n}"],
            "tensors": [f"const SRTensor *const *{n}", f"intptr_t {n}_count"],
            "tensors?": [f"const SRTensor *const *{n}", f"intptr_t {n}_count"],
            "int": [f"intptr_t {n}"], "int?": [f"bool has_{n}", f"intptr_t {n}"],
            "double": [f"double {n}"], "double?": [f"bool has_{n}", f"double {n}"],
            "bool": [f"bool {n}"], "bool?": [f"bool has_{n}", f"bool {n}"],
            "scalar": [f"SRScalar {n}"], "scalar?": [f"const SRScalar *{n}"],
            "scalars": [f"const SRScalar *{n}", f"intptr_t {n}_count"],
            "str": [f"const char *{n}"], "str?": [f"const char *{n}"],
            "dtype": [f"int32_t {n}"], "dtype?": [f"int32_t {n}"],
            "generator?": [f"const SRGenerator *{n}"],
            "ints": [f"const intptr_t *{n}", f"intptr_t {n}_count"],
            "ints?": [f"const intptr_t *{n}", f"intptr_t {n}_count"],
            "skip": [],
        }[self.kind]

    # C++ expression ---------------------------------------------------------------------------
    def cpp(self):
        n = self.c
        return {
            "tensor": f"sr::unwrap({n})", "tensor?": f"sr::optional_tensor({n})",
            "tensors": f"sr::tensors({n}, {n}_count)", "tensors?": f"sr::optional_tensors({n}, {n}_count)",
            "int": n, "int?": f"has_{n} ? std::optional<int64_t>({n}) : std::nullopt",
            "double": n, "double?": f"has_{n} ? std::optional<double>({n}) : std::nullopt",
            "bool": n, "bool?": f"has_{n} ? std::optional<bool>({n}) : std::nullopt",
            "scalar": f"sr::scalar({n})", "scalar?": f"sr::optional_scalar({n})",
            "scalars": f"sr::scalars({n}, {n}_count)",
            "str": n, "str?": f"{n} ? std::optional<std::string_view>({n}) : std::nullopt",
            "dtype": f"sr::dtype({n})", "dtype?": f"sr::optional_dtype({n})",
            "generator?": f"sr::optional_generator({n})",
            "ints": f"sr::ints({n}, {n}_count)", "ints?": f"sr::optional_ints({n}, {n}_count)",
            "skip": "std::nullopt",
        }[self.kind]

    # Swift ------------------------------------------------------------------------------------
    def swift_type(self):
        return {
            "tensor": "Tensor", "tensor?": "Tensor?", "tensors": "[Tensor]", "tensors?": "[Tensor?]",
            "int": "Int", "int?": "Int?", "double": "Double", "double?": "Double?", "bool": "Bool", "bool?": "Bool?",
            "scalar": "any ScalarValue", "scalar?": "(any ScalarValue)?", "scalars": "[Double]", "str": "String", "str?": "String?",
            "dtype": "DType", "dtype?": "DType?", "generator?": "Generator?", "ints": "[Int]", "ints?": "[Int]?",
        }[self.kind]

    def swift_default(self):
        d = self.default
        if d is None:
            return "nil" if self.kind in {"generator?", "dtype?"} else None
        if d == "None":
            return "nil"
        if d in {"True", "False"}:
            return d.lower()
        if d == "Mean":
            return "Reduction.mean.rawValue"
        if d == "[]":
            return "[]"
        if self.kind in {"ints", "ints?"}:
            return d if d.startswith("[") else f"[{d}]"
        if self.kind in {"str", "str?"}:
            return d.replace("'", '"')
        if self.kind in {"double", "double?"} and "." not in d and "e" not in d:
            return d + ".0"
        return d.rstrip(".") if d.endswith(".") else d

    def swift_parameter(self):
        if self.swift == "reduction":
            return "reduction: Reduction = .mean" if self.default else "reduction: Reduction"
        label = f"_ {swift_name(self.swift)}" if self.name in UNLABELLED else swift_name(self.swift)
        default = self.swift_default()
        return f"{label}: {self.swift_type()}" + (f" = {default}" if default is not None else "")

    def swift_arguments(self, receiver=False):
        n = "self" if receiver else swift_name(self.swift)
        if self.swift == "reduction":
            return ["reduction.rawValue"]
        return {
            "tensor": [f"{n}.pointer"], "tensor?": [f"{n}?.pointer"],
            "tensors": [f"{n}Pointers", f"{n}.count"], "tensors?": [f"{n}Pointers", f"{n}.count"],
            "int": [n], "int?": [f"{n} != nil", f"{n} ?? 0"],
            "double": [n], "double?": [f"{n} != nil", f"{n} ?? 0"],
            "bool": [n], "bool?": [f"{n} != nil", f"{n} ?? false"],
            "scalar": [f"{n}.bridged"], "scalar?": [f"{n}Pointer"],
            "scalars": [f"{n}.map {{ $0.bridged }}", f"{n}.count"],
            "str": [n], "str?": [n],
            "dtype": [f"{n}.rawValue"], "dtype?": [f"{n}?.rawValue ?? -1"],
            "generator?": [f"{n}?.pointer"],
            "ints": [n, f"{n}.count"], "ints?": [n, f"{n}?.count ?? -1"],
            "skip": [],
        }[self.kind]

    def holds_handle(self):
        return self.kind in {"tensor", "tensor?", "tensors", "tensors?", "generator?"}


class Operator:
    def __init__(self, schema_text, renamed):
        self.schema = FunctionSchema.parse(schema_text)
        self.text = schema_text
        overload = self.schema.name.overload_name
        self.base = str(self.schema.name.name)
        self.c_name = "sr_op_" + self.base.strip("_") + ("_inplace" if self.base.endswith("_") else "")
        if self.base.startswith("_"):
            self.c_name = self.c_name.replace("sr_op_", "sr_op_internal_")
        if overload:
            self.c_name += "_" + overload
        self.swift = renamed or camel(self.base)
        self.arguments = [Argument(a) for a in self.schema.arguments.flat_all]
        returns = self.schema.returns
        self.in_place = bool(self.arguments) and self.arguments[0].mutated
        self.out_kinds = []
        self.out_names = []
        for i, r in enumerate(returns):
            if r.annotation and r.annotation.is_write:
                continue
            self.out_kinds.append(str(r.type))
            self.out_names.append(camel(r.name) if r.name else f"result{i}")

    # C and C++ --------------------------------------------------------------------------------
    def c_outputs(self):
        out = []
        for i, kind in enumerate(self.out_kinds):
            out += {
                "Tensor": [f"SRTensor **out{i}"], "Tensor[]": [f"SRTensor ***out{i}", f"intptr_t *out{i}_count"],
                "bool": [f"bool *out{i}"], "int": [f"intptr_t *out{i}"], "SymInt": [f"intptr_t *out{i}"],
                "float": [f"double *out{i}"],
            }[kind]
        return out

    def c_signature(self):
        parameters = [p for a in self.arguments for p in a.c_parameters()] + self.c_outputs()
        return f"int32_t {self.c_name}({', '.join(parameters)})"

    def cpp_definition(self):
        lines = [f"{self.c_signature()} {{", "  SR_GUARD({"]
        call_arguments = []
        for a in self.arguments:
            if a.mutated and a.kind == "tensor":
                lines.append(f"    at::Tensor {a.c}_live = sr::unwrap({a.c});")
                call_arguments.append(f"{a.c}_live")
            elif a.mutated and a.kind == "tensor?":
                raise SystemExit(f"{self.base}: a mutated optional tensor is not bridged")
            else:
                call_arguments.append(a.cpp())
        name = self.base
        function = "variants_method" if name in METHOD_ONLY else ""
        if function:
            call = f"{call_arguments[0]}.{name}({', '.join(call_arguments[1:])})"
        else:
            call = f"at::{name}({', '.join(call_arguments)})"
        if not self.out_kinds:
            lines.append(f"    {call};")
        elif len(self.out_kinds) == 1 and not self.in_place:
            lines.append(f"    auto result = {call};")
            lines += self.cpp_assign(0, "result")
        else:
            lines.append(f"    auto results = {call};")
            for i in range(len(self.out_kinds)):
                lines += self.cpp_assign(i, f"std::get<{i}>(results)")
        lines += ["  });", "}"]
        return "\n".join(lines)

    def cpp_assign(self, i, expression):
        kind = self.out_kinds[i]
        if kind == "Tensor":
            return [f"    *out{i} = sr::wrap({expression});"]
        if kind == "Tensor[]":
            return [f"    sr::wrap_list({expression}, out{i}, out{i}_count);"]
        return [f"    *out{i} = {expression};"]

    # Swift ------------------------------------------------------------------------------------
    def swift_definition(self):
        arguments = list(self.arguments)
        receiver = next((a for a in arguments if a.kind == "tensor"), None)
        static = receiver is None or arguments[0] is not receiver and arguments[0].kind in {"tensors", "tensors?", "str"}
        if arguments[0].kind != "tensor":
            static, receiver = True, None
        named = [a for a in arguments if a is not receiver and a.kind != "skip"]
        # A list of tensors that leads needs no label: `Tensor.cat([a, b], dim: 1)`.
        parameters = []
        for i, a in enumerate(named):
            text = a.swift_parameter()
            if static and i == 0 and not text.startswith("_ "):
                text = "_ " + text
            parameters.append(text)
        result = {0: "", 1: self.swift_result(0) if self.out_kinds else ""}.get(len(self.out_kinds))
        if result is None:
            result = "(" + ", ".join(f"{swift_name(n)}: {self.swift_result(i)}" for i, n in enumerate(self.out_names)) + ")"
        arrow = f" -> {result}" if result else ""
        discardable = ""
        if self.in_place and receiver is not None and not self.out_kinds:
            arrow, discardable = " -> Tensor", "  @discardableResult\n"
        lines = [f"  /// `{self.text}`", f"{discardable}  public {'static ' if static else ''}func {swift_name(self.swift)}({', '.join(parameters)}) throws{arrow} {{"]
        body = []
        holds = ["self"] if receiver is not None else []
        for a in named:
            n = swift_name(a.swift)
            if a.kind == "tensors":
                body.append(f"let {n}Pointers: [OpaquePointer?] = {n}.map(\\.pointer)")
            elif a.kind == "tensors?":
                body.append(f"let {n}Pointers: [OpaquePointer?] = {n}.map {{ $0?.pointer }}")
            elif a.kind == "scalar?":
                body.append(f"let {n}Bridged = {n}?.bridged")
            if a.holds_handle():
                holds.append(n)
        outs = []
        for i, kind in enumerate(self.out_kinds):
            if kind == "Tensor":
                body.append(f"var out{i}: OpaquePointer?")
                outs.append(f"&out{i}")
            elif kind == "Tensor[]":
                body.append(f"var out{i}: UnsafeMutablePointer<OpaquePointer?>?")
                body.append(f"var out{i}Count = 0")
                outs += [f"&out{i}", f"&out{i}Count"]
            else:
                initial = {"bool": "false", "int": "0", "SymInt": "0", "float": "0.0"}[kind]
                body.append(f"var out{i} = {initial}")
                outs.append(f"&out{i}")
        call_arguments = [x for a in arguments for x in a.swift_arguments(receiver=a is receiver)] + outs
        optional_scalars = [swift_name(a.swift) for a in named if a.kind == "scalar?"]
        involved = self.swift_involved(named, receiver)
        call = f"{self.c_name}({', '.join(call_arguments)})"
        for n in reversed(optional_scalars):
            call = f"withOptionalPointer({n}Bridged) {{ {n}Pointer in {call} }}"
        hold = holds[0] if len(holds) == 1 else f"({', '.join(holds)})"
        if holds:
            body.append(f"let status = withExtendedLifetime({hold}) {{ {call} }}")
        else:
            body.append(f"let status = {call}")
        body.append(f'if status != SR_OK {{ throw TorchError.last(status, "{self.base}", {involved}) }}')
        returns = []
        for i, kind in enumerate(self.out_kinds):
            if kind == "Tensor":
                returns.append(f'try Tensor(adopting: out{i}, "{self.base}")')
            elif kind == "Tensor[]":
                returns.append(f'try Tensor.adopting(list: out{i}, count: out{i}Count, "{self.base}")')
            else:
                returns.append(f"out{i}")
        if len(returns) == 1:
            body.append(f"return {returns[0]}")
        elif returns:
            body.append(f"return ({', '.join(returns)})")
        elif discardable:
            body.append("return self")
        lines += ["    " + b for b in body] + ["  }"]
        return "\n".join(lines)

    def swift_result(self, i):
        return {"Tensor": "Tensor", "Tensor[]": "[Tensor]", "bool": "Bool", "int": "Int", "SymInt": "Int", "float": "Double"}[self.out_kinds[i]]

    @staticmethod
    def swift_involved(named, receiver):
        parts = ["self"] if receiver is not None else []
        lists = []
        for a in named:
            n = swift_name(a.swift)
            if a.kind in {"tensor", "tensor?"}:
                parts.append(n)
            elif a.kind in {"tensors", "tensors?"}:
                lists.append(n)
        text = "[" + ", ".join(parts) + "]"
        for n in lists:
            text = f"{n}" if text == "[]" else f"{text} + {n}"
        return text


# Operators that at:: offers as methods only.
METHOD_ONLY = {"add_", "sub_", "mul_", "div_", "copy_", "fill_", "zero_", "coalesce", "is_coalesced", "_indices", "_values", "to_dense",
               "expand", "expand_as", "view", "repeat", "scatter_", "scatter_add_", "index_add_", "index_copy_", "index_fill_", "normal_",
               "uniform_", "bernoulli_", "random_", "masked_fill_", "addcmul_", "addcdiv_", "lerp_", "sparse_mask", "erfinv_"}


def main():
    schemas = {}
    for entry in yaml.load(NATIVE.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        schemas[entry["func"].split("(")[0]] = entry["func"]
    operators, missing = [], []
    for group in yaml.safe_load((HERE / "ops.yaml").read_text()).values():
        for item in group:
            name, renamed = (item, None) if isinstance(item, str) else next(iter(item.items()))
            if name not in schemas:
                missing.append(name)
                continue
            operators.append(Operator(schemas[name], renamed))
    if missing:
        raise SystemExit(f"not in native_functions.yaml: {', '.join(missing)}; mend ops.yaml")
    note = "Written by native/tensor/generate.py from ops.yaml: do not edit."
    header = [f"// {note}", "#pragma once", '#include "random.h"', '#include "tensor.h"', "", "#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
    header += [f"{o.c_signature()};" for o in operators]
    header += ["", "#ifdef __cplusplus", "}", "#endif", ""]
    source = [f"// {note}", "#include <ATen/ATen.h>", "", '#include "convert.h"', '#include "guard.h"', '#include "swiftrec/ops_generated.h"', "", 'extern "C" {', ""]
    source += [o.cpp_definition() + "\n" for o in operators]
    source += ['} // extern "C"', ""]
    swift = [f"// {note}", "// swift-format-ignore-file", "import CSwiftRec", "", "extension Tensor {"]
    swift += [o.swift_definition() + "\n" for o in operators]
    swift[-1] = swift[-1].rstrip("\n")
    swift += ["}", ""]
    stale = []
    for path, lines in [(HEADER, header), (SOURCE, source), (SWIFT, swift)]:
        text = "\n".join(lines)
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if "--check" in sys.argv and stale:
        raise SystemExit(f"not up to date: {', '.join(stale)}; run `make ops`")
    print(f"{len(operators)} operators; {'written: ' + ', '.join(stale) if stale else 'nothing changed'}")


if __name__ == "__main__":
    main()
