"""What CloudFormation makes of a SAM template, without an account.

Reads a JSON list of {"template": text, "parameters": [{name: value}, …]} and answers, for each, with
{"source": the template as JSON, "stacks": […]}; for each set of parameters, a stack is

    {"parameters": …, "stack": …}
        every parameter's value, and the stack: translated by AWS's own SAM translator, conditions decided, functions
        resolved. What only AWS can know stands in angle brackets, such as "<Function.Arn>".
    {"refused": why}
        where a parameter, a rule, the translator or a reference to nothing stands against it
"""

import copy
import json
import re
import sys

import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import intrinsics_multi_constructor

PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/adapter/51af3dc0-da77-11e4-872e-1234567db123",
    "AWS::StackName": "adapter",
    "AWS::URLSuffix": "amazonaws.com",
}


class Loader(yaml.CSafeLoader):
    """As the translator's own, and ten times as fast."""


Loader.add_multi_constructor("!", intrinsics_multi_constructor)


class Refused(Exception):
    pass


class NoValue:
    """AWS::NoValue: whatever has it is left out."""


def answer(case):
    source = yaml.load(case["template"], Loader=Loader)
    return {"source": source, "stacks": [stack(source, given) for given in case["parameters"]]}


def stack(source, given):
    try:
        parameters = checked_parameters(source["Parameters"], given)
        check_rules(source.get("Rules", {}), parameters)
        return {"parameters": parameters, "stack": Resolution(translated(source, parameters), parameters).stack()}
    except Refused as refused:
        return {"refused": str(refused)}
    except InvalidDocumentException as invalid:
        return {"refused": "; ".join(cause.message for cause in invalid.causes)}


def checked_parameters(declared, given):
    for name in given.keys() - declared.keys():
        raise Refused(f"{name} is no parameter")
    return {name: checked(name, kind, given.get(name, kind.get("Default"))) for name, kind in declared.items()}


def checked(name, kind, value):
    if value is None:
        raise Refused(f"{name} has no default and no value")
    value = str(value)
    if kind["Type"] == "Number":
        fits = re.fullmatch("[0-9]+", value) and kind.get("MinValue", 0) <= int(value) <= kind.get("MaxValue", int(value))
    else:
        fits = re.fullmatch(kind.get("AllowedPattern", "(?s:.*)"), value) and len(value) <= kind.get("MaxLength", 4096)
    allowed = [str(choice) for choice in kind.get("AllowedValues", [value])]
    if not fits or value not in allowed:
        raise Refused(f"{name} {kind.get('ConstraintDescription', 'cannot be that')}")
    return value


def check_rules(rules, parameters):
    decide = Resolution({"Parameters": {}, "Resources": {}}, parameters).decide
    for rule in rules.values():
        if "RuleCondition" in rule and not decide(rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            if not decide(assertion["Assert"]):
                raise Refused(assertion["AssertDescription"])


def translated(source, parameters):
    template = copy.deepcopy(source)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` does so too, once it has put the code there.
            resource["Properties"]["CodeUri"] = "s3://bucket/code"
    return Translator({}, Parser()).translate(template, parameters)


class Resolution:
    def __init__(self, template, parameters):
        self.template = template
        self.parameters = parameters
        self.conditions = template.get("Conditions", {})
        self.resources = self.existing(template["Resources"])

    def stack(self):
        resources = {name: self.resolve(resource) for name, resource in self.resources.items()}
        outputs = {name: self.resolve(output) for name, output in self.existing(self.template.get("Outputs", {})).items()}
        return {"Resources": resources, "Outputs": outputs}

    def existing(self, items):
        return {name: item for name, item in items.items() if self.holds(item.get("Condition"))}

    def holds(self, condition):
        return condition is None or self.decide(self.conditions[condition])

    def decide(self, test):
        ((function, argument),) = test.items()
        match function:
            case "Condition":
                return self.holds(argument)
            case "Fn::Equals":
                left, right = (self.resolve(side) for side in argument)
                return left == right
            case "Fn::Not":
                return not self.decide(argument[0])
            case "Fn::And":
                return all(self.decide(each) for each in argument)
            case "Fn::Or":
                return any(self.decide(each) for each in argument)
            case "Fn::Contains":
                choices, value = map(self.resolve, argument)
                return value in choices
        raise Refused(f"{function} decides nothing")

    def resolve(self, value):
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NoValue]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self.call(function, argument)
        resolved = {name: self.resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not NoValue}

    def call(self, function, argument):
        match function:
            case "Ref":
                return self.reference(argument)
            case "Fn::GetAtt":
                return self.reference(argument if isinstance(argument, str) else ".".join(argument))
            case "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self.holds(condition) else otherwise)
            case "Fn::Sub":
                return self.substitute(argument)
            case "Fn::Join":
                return argument[0].join(self.resolve(argument[1]))
            case "Fn::Split":
                return self.resolve(argument[1]).split(argument[0])
            case "Fn::Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Fn::FindInMap":
                mapping, first, second = map(self.resolve, argument)
                return self.template["Mappings"][mapping][first][second]
        raise Refused(f"{function} is not known here")

    def reference(self, name):
        if name == "AWS::NoValue":
            return NoValue
        for known in (PSEUDO_PARAMETERS, self.parameters):
            if name in known:
                return known[name]
        if name.split(".")[0] not in self.resources:
            raise Refused(f"{name} is referred to, and is not there")
        return f"<{name}>"

    def substitute(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: str(self.resolve(value)) for name, value in own.items()}
        return re.sub(r"\$\{([^!}]+)\}", lambda found: own[found[1]] if found[1] in own else self.reference(found[1]), text)


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
