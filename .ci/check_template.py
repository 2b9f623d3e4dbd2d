"""Checks the chat's expanded template for what a linter cannot know.

Without `--live`: the stack has no versions, no aliases and no CodeDeploy, and API Gateway invokes functions directly.
With `--live`: everything that invokes a function invokes its alias, and permissions for API Gateway are for the alias.
In both positions: the dashboard has at most 50 metrics, and no function may create a log group.

Usage: check_template.py [--live] EXPANDED
"""

import json
import re
import sys

# CloudWatch pricing: three dashboards with up to 50 metrics each are free.
MOST_METRICS = 50
FUNCTION, ALIAS = "AWS::Lambda::Function", "AWS::Lambda::Alias"
# What a gradual deployment adds.
GRADUAL = re.compile(r"AWS::(CodeDeploy::.*|Lambda::(Alias|Version))")


def references(value: object) -> set[str]:
    """The logical ids that `value` refers to."""
    found = set()
    if isinstance(value, dict):
        for key, argument in value.items():
            if key == "Ref":
                found.add(argument)
            elif key == "Fn::GetAtt":
                found.add(argument[0] if isinstance(argument, list) else argument.split(".")[0])
            else:
                found |= references(argument)
                if key == "Fn::Sub":
                    text = argument[0] if isinstance(argument, list) else argument
                    found |= set(re.findall(r"\$\{([A-Za-z0-9]+)", text))
    elif isinstance(value, list):
        for item in value:
            found |= references(item)
    return found


def invocations(resources: dict) -> dict[str, object]:
    """Everything that invokes a function or may do so, by its place."""
    found = {}
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::ApiGatewayV2::Integration":
                found[name] = properties["IntegrationUri"]
            case "AWS::ApiGatewayV2::Authorizer":
                found[name] = properties["AuthorizerUri"]
            case "AWS::Lambda::Permission":
                found[name] = properties["FunctionName"]
            case "AWS::Scheduler::Schedule":
                found[name] = properties["Target"]["Arn"]
            case "AWS::ApiGatewayV2::Api" if "Body" in properties:
                for path, methods in properties["Body"]["paths"].items():
                    for method, operation in methods.items():
                        found[f"{name} {method} {path}"] = operation["x-amazon-apigateway-integration"]["uri"]
            case "AWS::Lambda::Function":
                variables = properties.get("Environment", {}).get("Variables", {})
                if "FANOUT_FUNCTION" in variables:
                    found[f"{name} FANOUT_FUNCTION"] = variables["FANOUT_FUNCTION"]
    return found


def statements(role: dict) -> list[dict]:
    policies = role.get("Policies", [])
    lists = [policy["PolicyDocument"]["Statement"] for policy in policies]
    return [one for items in lists for one in (items if isinstance(items, list) else [items]) if "Effect" in one]


def metrics(dashboard: dict) -> int:
    body = dashboard["Properties"]["DashboardBody"]["Fn::Sub"][0]
    # The widgets are valid JSON before and after the names are filled in.
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "name", body))["widgets"]
    return sum(isinstance(metric[0], str) for widget in widgets for metric in widget["properties"]["metrics"])


def problems(resources: dict, is_live: bool) -> list[str]:
    def of_type(kind: str) -> set[str]:
        return {name for name, resource in resources.items() if resource["Type"] == kind}

    found = []
    wanted, unwanted = (ALIAS, FUNCTION) if is_live else (FUNCTION, ALIAS)
    places = invocations(resources)
    # Three routes, the authorizer, ten calls of the control plane, each with its permission; the schedule; the fan-out.
    if len(places) < 29:
        found.append(f"only {len(places)} invocations were found: this check does not understand the template")
    for place, target in places.items():
        names = references(target)
        if names.isdisjoint(of_type(wanted)) or not names.isdisjoint(of_type(unwanted)):
            found.append(f"{place} invokes {', '.join(sorted(names))}, which is not {wanted}")
    for name in of_type("AWS::Lambda::EventInvokeConfig"):
        qualifier = resources[name]["Properties"]["Qualifier"]
        if qualifier != ("live" if is_live else "$LATEST"):
            found.append(f"{name} is for {qualifier}")
    gradual = sorted(name for name, resource in resources.items() if GRADUAL.fullmatch(resource["Type"]))
    if is_live and len(of_type(ALIAS)) != len(of_type(FUNCTION)):
        found.append("not every function has an alias")
    if not is_live and gradual:
        found.append(f"without gradual deployments, there must not be {', '.join(gradual)}")
    for name in of_type(FUNCTION):
        (role,) = references(resources[name]["Properties"]["Role"])
        denied = [one for one in statements(resources[role]["Properties"]) if one["Effect"] == "Deny"]
        if not any(one["Action"] == "logs:CreateLogGroup" for one in denied):
            found.append(f"{name} may create log groups")
    for name in of_type("AWS::CloudWatch::Dashboard"):
        if (count := metrics(resources[name])) > MOST_METRICS:
            found.append(f"{name} has {count} metrics; more than {MOST_METRICS} cost money")
    return found


def main() -> None:
    *options, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        resources = json.load(file)["Resources"]
    found = problems(resources, "--live" in options)
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
