"""NumPy on symbolic rows: the same expression gives what it gives on the whole arrays."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp  # type: ignore[import-untyped]  # scikit-learn brings it

import disteval
from disteval import ops as K
from disteval.formula import Formula

RNG = np.random.default_rng(0)
N = 500

_Y = RNG.normal(size=N)
_SCORES = RNG.random((N, 3))
DATA: dict[str, tuple[Any, Any]] = {
    "numbers": (_Y, _Y + 0.3 * RNG.normal(size=N)),
    "whole": (RNG.integers(0, 4, N), RNG.integers(0, 4, N)),
    "booleans": (RNG.random(N) < 0.5, RNG.random(N) < 0.3),
    "matrices": (RNG.normal(size=(N, 3)), _SCORES),
    "labels": (RNG.integers(0, 3, N), _SCORES),
    "cubes": (RNG.normal(size=(N, 4, 2)), RNG.normal(size=(N, 4, 2))),
}
EXPRESSIONS: dict[str, str] = {
    "numbers": r"""
        np.mean(np.sinh(y)+np.cosh(p)+np.tanh(y))
        np.sum(np.log2(np.abs(y))+np.log10(np.abs(p))+np.exp2(y)+np.cbrt(y)+np.sin(y))
        np.mean(np.logaddexp(y,p))
        np.max(y, initial=5.0)
        np.min(np.abs(y), where=y>0, initial=100.)
        np.sum(y, where=p>0)
        np.mean(y, where=p>0)
        np.any(y>2.5)
        np.all(y>-10)
        (y>0).any() and (p>0).all()
        np.ptp(y-p)
        np.average(y, weights=np.abs(p))
        np.average(y, weights=np.abs(p), returned=True)[1]
        np.std(y[y>0])
        np.var(y, ddof=1)
        np.var(y[p>0]-p[p>0])
        np.cov(y,p)
        np.cov(y)
        np.corrcoef(y,p)
        np.corrcoef(y[y>0],p[y>0])
        np.dot(y,p)/np.vdot(y,y)+np.inner(p,p)
        y@p
        (y-p)@(y-p)
        np.linalg.norm(y-p)
        np.linalg.norm(y-p,1)
        np.linalg.norm(y-p,np.inf)
        np.linalg.norm(y-p,3)
        np.mean(np.where(y>p,1,0))
        np.mean(np.select([y>1,y>0],[2*y,p],default=0))
        np.mean(np.clip(y,-1,1))
        np.mean(y.clip(0))
        np.mean(np.round(y,2))
        np.mean(np.nan_to_num(np.log(y)))
        np.nanmean(np.log(y))
        np.nansum(np.sqrt(y))
        np.nanmax(np.log(y))
        np.nanstd(np.log(y))
        np.max(np.log(y))
        np.mean(np.sign(y)*np.floor(y)+np.ceil(p)+np.trunc(y)+np.rint(p)+np.fix(y))
        np.mean(y//0.3+y%0.3)
        np.mean(np.divmod(y,0.3)[1])
        np.mean(np.modf(y)[0])
        np.mean(np.power(np.abs(y),1.7)+np.abs(y)**p)
        np.mean(y**3+y**5-y**-1+np.abs(y)**.5+y**2.0)
        np.mean(1/y+2.0**y)
        np.mean(np.isclose(y,p,atol=.1))
        np.allclose(y,p)
        np.array_equal(y,y)
        np.count_nonzero(np.abs(y)>1)
        np.mean(np.isin(np.rint(y),[0,1]))
        np.mean(np.digitize(y,[-1,0,1]))
        np.mean(np.searchsorted([-1,0,1],y))
        np.mean(np.maximum(y,p)-np.minimum(y,0)+np.fmax(y,p))
        np.add.reduce(y)+np.maximum.reduce(y)
        y.sum()+y.mean()+y.std()+y.var(ddof=1)+y.max()-y.min()
        y.shape[0]+len(p)+y.size+np.size(y)+np.shape(p)[0]+y.ndim
        np.sum(y[np.where(y>0)]) + len(np.where(y>0)[0])+ np.where(y>0)[0].size
        np.sum(y[np.flatnonzero(y>0)])
        np.mean(y[(y>0)&(p>0)])
        np.mean(y[y>0][p[y>0]>0.5])
        np.mean(y[~(y>0)]**2)
        np.sum((y>0)*p)
        np.mean((y>0)==(p>0))
        np.mean((y>0)^(p>0))
        sum([np.mean(y),np.mean(p)])
        np.mean([np.mean(y),np.mean(p)])
        max(np.mean(y),0.0)
        np.sqrt(np.mean(y))
        math.sqrt(np.mean(y*y))
        float(np.mean(y))*2
        int(np.sum(y>0))
        abs(np.mean(y-p))
        round(np.mean(y),2)
        np.mean(y-np.mean(y))+np.mean(np.abs(y-y.mean()))
        np.mean((y-y.mean())*(p-p.mean()))/(y.std()*p.std())
        np.mean(((y-y.min())/(y.max()-y.min())-.5)**2)
        np.mean(np.abs((y-np.mean(y))/np.std(y))**3)
        np.mean(y.astype(int))
        np.mean((y>0).astype(float)*p)
        np.mean((y>0).astype('float32')*p)
        np.mean(y.astype(np.float32).astype(float))
        np.mean(np.ones_like(y)*2+np.zeros_like(p)+np.full_like(y,3))
        np.mean(y.reshape(-1,1)*p[:,None])
        np.mean(y.reshape(len(y),1))
        np.mean(np.reshape(y,(-1,)))
        np.mean(np.stack([y,p],axis=-1),axis=0)
        np.mean(np.column_stack([y,p])[:,1])
        np.max(np.stack([y,p,y*p],axis=1),axis=1).mean()
        np.mean(np.expand_dims(y,-1))
        np.mean(np.squeeze(y[:,None]))
        np.mean(sp.expit(y)+sp.xlogy(np.abs(y),np.abs(p))+sp.erf(y))
        np.mean(K.sigmoid(y)+K.softplus(p)+K.relu(y))
        np.mean(np.heaviside(y,0.5)+np.copysign(1,y)+np.hypot(y,p)+np.arctan2(y,p))
        np.mean(np.reciprocal(y)+np.fabs(y)+np.positive(y)+np.square(y)+np.deg2rad(y))
        np.array([np.mean(y),np.max(p)])
        np.sum(y)/len(y) if len(y)>10 else 0
        0.0 if np.sum(y)>1e9 else np.mean(p)
        np.sum([((y>t)==(p>t)).mean() for t in (0,.5,1)])
        np.mean(np.abs(y-p) < .1*np.std(y))
        (np.abs(y-p)<=0.5).mean()
        np.subtract(y,p).std(ddof=1)/math.sqrt(len(y))
        np.exp(np.mean(np.log(np.abs(y))))
        1-np.mean(np.abs(y-p))/np.mean(np.abs(y-np.mean(y)))
        np.log(np.mean(np.exp(y-np.max(y))))+np.max(y)
        y.dot(p)/(np.sqrt(y.dot(y))*np.sqrt(p.dot(p)))
        np.quantile(np.array([np.mean(y),np.mean(p)]),.5)
        np.median([np.mean(y),np.mean(p)])
        np.sum(np.nan_to_num(y/0.0*0))
    """,
    "whole": r"""
        np.mean(y==p)
        np.sum(y==p)/len(y)
        np.mean((y==2)&(p==2))
        np.sum(y*p)+np.sum(y-p)+np.max(y)+np.sum(y//2)+np.sum(y%2)+np.sum(y**2)
        np.sum(y&p)+np.sum(y|p)+np.sum(y^p)+np.sum(y<<1)+np.sum(~y)
        np.mean(y/np.maximum(p,1))
        np.array([np.sum((y==i)&(p==j)) for i in range(4) for j in range(4)]).reshape(4,4)
        np.mean([np.sum((y==c)&(p==c))/max(np.sum(y==c),1) for c in range(4)])
        np.trace(np.array([[np.sum((y==i)&(p==j)) for i in range(4)] for j in range(4)]))
        np.mean(np.abs(y-p)<=1)
        np.var(y)+np.std(p)
        np.sum(np.eye(4)[1]*1.0)+np.sum(K.one_hot(y,4)*K.one_hot(p,4))
        np.sum((y[:,None]==np.arange(4))&(p[:,None]==np.arange(4)),axis=0)
        y.max()-y.min()
        np.bitwise_and(y,1).sum()
        np.mean(y.astype(bool))
        np.mean(np.where(y>2,y,p))
    """,
    "booleans": r"""
        np.mean(y==p)
        np.mean(y&p)/np.mean(y|p)
        np.sum(y)+np.sum(~p)+(y*p).sum()+(y+p).sum()+np.sum(y*1.0)
        np.mean(y!=p)
        np.sum(y.astype(int)-p.astype(int))
        np.mean(np.logical_xor(y,p))
        np.max(y)+np.min(p)
        np.mean(y>p)
        np.cov(y,p)[0,1]
        np.mean(np.where(y,2.0,p))
    """,
    "matrices": r"""
        np.mean(y,axis=0)
        np.sum(y,axis=0)
        np.max(y,axis=0)
        np.min(y-p,axis=0)
        np.var(y,axis=0)
        np.std(y,axis=0,ddof=1)
        np.any(y>2,axis=0)
        np.all(y>-2,axis=0)
        np.count_nonzero(y>0,axis=0)
        np.mean(y,axis=(0,1))
        np.mean(y)
        np.var(y)
        np.mean(y,axis=0,keepdims=True)
        np.mean(y,keepdims=True)
        np.mean(y-np.mean(y,axis=0))+np.sum((y-y.mean(axis=0))**2)
        np.mean(np.abs(y-y.mean(axis=0)),axis=0)
        np.mean((y-y.mean(0))/y.std(0)*p)
        np.mean(np.sum(y*p,axis=1)/np.sqrt(np.sum(y**2,axis=1)))
        np.mean(np.max(y,axis=1)-np.min(p,axis=-1))
        np.mean(np.argmax(y,axis=1)==np.argmax(p,axis=1))
        np.mean(np.argmin(y,axis=1))
        np.mean(np.var(y,axis=1)+np.std(p,axis=1,ddof=1))
        np.mean(np.median(y,axis=1))
        np.mean(np.sort(y,axis=1)[:,0])
        np.mean(np.sort(y)[:,-2:])
        np.mean(np.argsort(y,axis=1)[:,-1])
        np.mean(np.cumsum(y,axis=1)[:,-1])
        np.mean(np.diff(y,axis=1))
        np.mean(np.prod(y,axis=1))
        np.mean(np.any(y>1,axis=1)&np.all(p>.1,axis=1))
        np.mean(y[:,0]*p[:,-1])
        np.mean(y[:,1:]-p[:,:-1])
        np.mean(y[:,[0,2]])
        np.mean(y[:,::-1]*p)
        np.mean(y[...,0])
        np.mean(y*np.array([1,2,3]))
        np.mean(y*np.array([[1,2,3]]))
        np.mean(y*[1,2,3])
        np.mean(y[y>0])
        np.mean(y[y[:,0]>0])
        np.mean(y[y[:,0]>0],axis=0)
        np.mean(y[y[:,0]>0,1])
        np.sum(y[y[:,0]>0]*p[y[:,0]>0])
        np.var(y[y>0])
        np.max(y[p>.5])
        np.mean(y.ravel()*p.flatten())
        np.sum(K.flatten(y)*K.flatten(p))/len(y.ravel())
        np.mean(y.reshape(-1)>0)
        np.mean(y-y[:,:1])
        np.mean(y/y.sum(axis=1,keepdims=True))
        np.mean(p/np.linalg.norm(p,axis=1,keepdims=True))
        np.linalg.norm(y-p)
        np.linalg.norm(y-p,axis=0)
        np.linalg.norm(y-p,axis=1).mean()
        np.sum(K.softmax(y)*K.log_softmax(p))
        np.mean(K.logsumexp(y))
        y.shape[1]+y.shape[0]*y.ndim
        y.size
        np.mean(np.where(y>0,y,p))
        np.mean(np.where((y[:,0]>0)[:,None],y,p))
        np.average(y,axis=0)
        np.average(y,axis=1,weights=[1,2,3]).mean()
        np.average(y,weights=p)
        np.mean([np.mean(y[:,j]-p[:,j]) for j in range(y.shape[1])])
        np.mean(np.stack([y[:,0],p[:,1]],axis=1))
        np.mean(np.concatenate([y,p],axis=1),axis=0)
        np.mean(y.transpose(0,1))
        np.mean(np.squeeze(y))
        np.mean(np.max(np.abs(y-p),axis=1))
        np.max(np.mean(np.abs(y-p),axis=0))
        np.mean(np.exp(-np.sum((y-p)**2,-1)))
        y.mean(axis=0).max()
        y.mean(0)[1]
        [v for v in y.mean(0)][2]
        np.dot(y.mean(0),np.array([1,2,3]))
        y.mean(0)@p.mean(0)
        np.sum(y.sum(axis=0)*np.arange(3))
        np.cov(y[:,0],p[:,1])
        np.corrcoef(y[:,0],p[:,1])[0,1]
        np.mean(y,axis=1).std()
        np.mean(y[:,np.newaxis,:]-p[:,:,None])
        np.nanmean(np.log(y))
    """,
    "labels": r"""
        np.mean(p[np.arange(len(y)),y])
        np.mean(np.take_along_axis(p,y[:,None],axis=1))
        np.mean(np.argmax(p,axis=1)==y)
        np.mean(np.sum(K.one_hot(y,3)*p,axis=-1))
        np.mean(K.sparse_categorical_crossentropy(y,p))
        np.mean(K.in_top_k(y,p,2))
        np.sum((np.argmax(p,-1)==y)[y==1])
        np.mean(p[y==1],axis=0)
        np.mean(p[y==1,0])
        np.mean(np.argsort(p,axis=1)[:,-2:]==y[:,None])
        np.mean(np.argpartition(p,-2,axis=1)[:,-2:].sum(axis=1))
        np.mean(np.partition(p,-2,axis=1)[:,-2])
    """,
    "cubes": r"""
        np.mean(y-p)
        np.mean(y,axis=0)
        np.mean(y,axis=(1,2)).max()
        np.mean(np.mean(y,axis=1),axis=0)
        np.sum(y,axis=(0,1))
        np.sum(y,axis=(0,2))
        np.max(y,axis=(1,2)).mean()
        np.mean(y.reshape(len(y),-1)[:,3])
        np.mean(y.transpose(0,2,1)[:,1,:],axis=0)
        np.var(y,axis=0)
        np.mean(y[:,2,:]*p[:,:,1].sum(axis=1)[:,None])
        np.mean(y.reshape(-1,8),axis=0)
        np.mean(np.swapaxes(y,1,2),axis=0)
    """,
}


def functions(family: str) -> dict[str, Callable[[Any, Any], Any]]:
    scope = {"np": np, "K": K, "sp": sp, "math": math}
    lines = EXPRESSIONS[family].strip().splitlines()
    return {line.strip(): eval(f"lambda y, p: {line.strip()}", scope) for line in lines}


@pytest.mark.parametrize("family", DATA)
def test_the_same_as_on_arrays(family: str) -> None:
    y, p = DATA[family]
    asked = functions(family)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "log2|.*returned NaN", disteval.errors.DistevalWarning)
        result = disteval.evaluate(y, p, [Formula(f, name=name) for name, f in asked.items()])
    for name, function in asked.items():
        with np.errstate(all="ignore"):
            expected = np.asarray(function(y.copy(), p.copy()))
        found = np.asarray(result[name])
        assert found.shape == expected.shape, name
        # NumPy's sums, logarithms and norms are rounded often, ours once: see `test_formula_users`
        near = np.allclose(found, expected, rtol=1e-13, atol=1e-14, equal_nan=True)
        assert near, (name, found, expected)
        if expected.dtype.kind in "iu":
            assert found.dtype.kind == "i", name


def test_how_many_there_are() -> None:
    assert sum(len(functions(family)) for family in DATA) > 230
