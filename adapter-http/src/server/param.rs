//! Arguments in the path, the query and the headers, read as [`Scalar`]s.

use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::problem::{Code, Problem};
use super::scalar::{Scalar, argument};

/// A part of the path.
pub(super) struct Path<T>(pub(super) T);

/// A parameter of the query that must be there.
pub(super) struct Query<T>(pub(super) T);

/// A parameter of the query that may be left out.
pub(super) struct Optional<T>(pub(super) Option<T>);

/// A header that may be left out.
pub(super) struct Header<T>(pub(super) Option<T>);

fn inline<T: Scalar>() -> Option<MetaSchemaRef> {
    Some(MetaSchemaRef::Inline(Box::new(T::schema())))
}

impl<'a, T: Scalar> ApiExtractor<'a> for Path<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        inline::<T>()
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let text = request.raw_path_param(options.name).unwrap_or_default();
        Ok(argument("path", text).map(Self)?)
    }
}

impl<'a, T: Scalar> ApiExtractor<'a> for Query<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        inline::<T>()
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let missing = || Problem::new(T::CODE, format!("{}: missing", options.name));
        Ok(query(request, options.name)?.map(Self).ok_or_else(missing)?)
    }
}

impl<'a, T: Scalar> ApiExtractor<'a> for Optional<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        inline::<T>()
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(query(request, options.name).map(Self)?)
    }
}

fn query<T: Scalar>(request: &Request, name: &str) -> Result<Option<T>, Problem> {
    let pairs = request.params::<Vec<(String, String)>>();
    let pairs = pairs.map_err(|_| Problem::new(Code::InvalidArgument, "the query cannot be read"))?;
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
    let first = values.next().map(|value| argument(name, value)).transpose()?;
    match values.next() {
        Some(_) => Err(Problem::new(Code::InvalidArgument, format!("{name}: given more than once"))),
        None => Ok(first),
    }
}

impl<'a, T: Scalar> ApiExtractor<'a> for Header<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        inline::<T>()
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let name = options.name;
        let mut values = request.headers().get_all(name).iter();
        let (first, second) = (values.next(), values.next());
        if second.is_some() {
            return Err(Problem::new(Code::InvalidArgument, format!("{name}: given more than once")).into());
        }
        let Some(value) = first else { return Ok(Self(None)) };
        let text = value.to_str().map_err(|_| Problem::new(T::CODE, format!("{name}: expected visible ASCII")))?;
        Ok(argument(name, text).map(|value| Self(Some(value)))?)
    }
}
