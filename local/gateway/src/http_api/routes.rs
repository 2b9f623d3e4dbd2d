//! Which route takes a request
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>).

use std::collections::BTreeMap;

use http::Method;

use local_sam::HttpRoute;

/// A route and what its path variables stand for.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a HttpRoute,
    pub(super) path_parameters: BTreeMap<String, String>,
}

impl Found<'_> {
    /// Such as `GET /pets/{id}`, `ANY /{proxy+}` or `$default`.
    pub(super) fn route_key(&self) -> String {
        match &self.route.method {
            _ if self.route.path == "$default" => "$default".to_owned(),
            Some(method) => format!("{method} {}", self.route.path),
            None => format!("ANY {}", self.route.path),
        }
    }
}

/// How well one segment of a path fits, best first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Literal,
    Variable,
    Greedy,
}

/// The most specific of the routes that match `path` and `method`; `$default` only where there is no other.
///
/// Documented: a full match before a greedy variable, before `$default`. Literals before variables, and the method
/// itself before `ANY` on the same path, follow from the documentation's examples.
pub(super) fn select<'a>(routes: &'a [HttpRoute], method: &Method, path: &str) -> Option<Found<'a>> {
    let candidates = routes.iter().filter(|route| route.method.as_ref().is_none_or(|own| own == method));
    let matched = candidates.clone().filter_map(|route| Some((route, fit(&route.path, path)?)));
    let best = matched.min_by(|(left, left_fit), (right, right_fit)| {
        let by_path = left_fit.fits.cmp(&right_fit.fits);
        by_path.then_with(|| left.method.is_none().cmp(&right.method.is_none()))
    });
    let default = || candidates.clone().find(|route| route.path == "$default");
    match best {
        Some((route, fitted)) => Some(Found { route, path_parameters: fitted.parameters }),
        None => default().map(|route| Found { route, path_parameters: BTreeMap::new() }),
    }
}

struct Fitted {
    fits: Vec<Fit>,
    parameters: BTreeMap<String, String>,
}

/// How `path` fits a route's path, segment by segment; a variable never stands for nothing.
fn fit(template: &str, path: &str) -> Option<Fitted> {
    let mut fitted = Fitted { fits: Vec::new(), parameters: BTreeMap::new() };
    let mut rest = Some(path.strip_prefix('/')?);
    for pattern in template.strip_prefix('/')?.split('/') {
        let remaining = rest?;
        let variable = pattern.strip_prefix('{').and_then(|pattern| pattern.strip_suffix('}'));
        if let Some(name) = variable.and_then(|name| name.strip_suffix('+')) {
            fitted.fits.push(Fit::Greedy);
            fitted.parameters.insert(name.to_owned(), remaining.to_owned());
            return (!remaining.is_empty()).then_some(fitted);
        }
        let (segment, after) = match remaining.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (remaining, None),
        };
        match variable {
            Some(name) if !segment.is_empty() => {
                fitted.fits.push(Fit::Variable);
                fitted.parameters.insert(name.to_owned(), segment.to_owned());
            }
            None if segment == pattern => fitted.fits.push(Fit::Literal),
            _ => return None,
        }
        rest = after;
    }
    rest.is_none().then_some(fitted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;

    use super::select;
    use local_sam::HttpRoute;

    /// The routes of the documentation's example, and some more.
    const ROUTES: &[&str] = &[
        "$default",
        "ANY /{proxy+}",
        "GET /pets/{proxy+}",
        "GET /pets/dog/{id}",
        "GET /pets/dog/1",
        "ANY /pets/dog/1",
        "POST /",
        "ANY /tags/{arn+}",
        "POST /rooms/{room}/users/{user}",
        "POST /rooms/{room}/{kind}/list",
    ];

    fn routes(keys: &[&str]) -> Vec<HttpRoute> {
        keys.iter()
            .map(|key| {
                let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
                HttpRoute {
                    method: (method != "ANY").then(|| method.parse().unwrap()),
                    path: path.to_owned(),
                    function: "function".into(),
                    timeout: Duration::from_secs(1),
                    requires_iam: false,
                }
            })
            .collect()
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(ROUTES);
        for (method, path, key, parameters) in [
            (Method::GET, "/pets/dog/1", "GET /pets/dog/1", ""),
            (Method::PUT, "/pets/dog/1", "ANY /pets/dog/1", ""),
            (Method::GET, "/pets/dog/2", "GET /pets/dog/{id}", "id=2"),
            (Method::GET, "/pets/cat/1", "GET /pets/{proxy+}", "proxy=cat/1"),
            (Method::POST, "/test/5", "ANY /{proxy+}", "proxy=test/5"),
            (Method::PUT, "/pets/dog/2", "ANY /{proxy+}", "proxy=pets/dog/2"),
            (Method::POST, "/", "POST /", ""),
            (Method::GET, "/", "$default", ""),
            (Method::GET, "/pets/dog/", "GET /pets/{proxy+}", "proxy=dog/"),
            (Method::DELETE, "/tags/arn:aws:x:room/1", "ANY /tags/{arn+}", "arn=arn:aws:x:room/1"),
            (Method::POST, "/rooms/a/users/list", "POST /rooms/{room}/users/{user}", "room=a&user=list"),
        ] {
            let found = select(&routes, &method, path).unwrap();
            let found_parameters: Vec<String> =
                found.path_parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!((found.route_key().as_str(), found_parameters.join("&").as_str()), (key, parameters), "{path}");
        }
    }

    #[test]
    fn what_no_route_matches_is_not_found() {
        let routes = routes(&["GET /a", "GET /b/{id}", "GET /c/{rest+}"]);
        for (method, path) in [
            (Method::POST, "/a"),
            (Method::GET, "/a/"),
            (Method::GET, "/b/"),
            (Method::GET, "/c"),
            (Method::GET, "/c/"),
            (Method::GET, "*"),
        ] {
            assert!(select(&routes, &method, path).is_none(), "{method} {path}");
        }
    }
}
